// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/carry_out.h"
#include "app/folder_note.h"
#include "app/images.h"
#include "app/recovery.h"
#include "app/sources.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/load.h"
#include "compose/recorded_inputs.h"
#include "run/claim.h"
#include "run/make_plan.h"

namespace landfast {
namespace {

constexpr int most_renumberings = 20;

Task<Result<Planned>> look_and_plan(Call call, const Target& target) {
  CO_TRY(const auto* ports, call.wiring.ports());
  Planned planned;
  CO_TRY(planned.world, co_await observe(*ports, target.name, &*target.project));
  CO_TRY(planned.history, co_await ports->journal.history(target.name));
  CO_TRY_VOID(check_claim(*ports, target.name, planned.world, planned.history));
  const auto options = options_of(call.arguments);
  CO_TRY(planned.plan,
         co_await make_plan(*ports, *target.project, planned.world, planned.history, options));
  CO_TRY_VOID(co_await check_builds(call, *target.project, planned.plan));
  if (planned.history.inputs && planned.history.current)
    for (auto& change : input_changes(*planned.history.inputs, target.inputs))
      planned.plan.notes.push_back(std::move(change));
  CO_TRY(auto note, co_await folder_note(*ports, target, planned.history));
  if (note) planned.plan.notes.push_back(std::move(*note));
  co_return planned;
}

/// A first deployment is recorded even where nothing has to change: the stack is adopted.
bool nothing_to_do(const Planned& planned) {
  return planned.plan.empty() && planned.history.current && !planned.history.closed;
}

/// Deployment numbers count over all stacks: another stack's deployment may have taken ours.
bool number_was_taken(const Result<RunReport>& report) {
  return report && report->state == DeploymentState::planned && report->error &&
         report->error->code == Code::conflict && report->error->retryable;
}

/// A claim that has vanished is made again; nothing is written where it is there.
Task<Status> hold_claim(Call call, const Planned& planned) {
  const auto& world = planned.world;
  CO_TRY(const auto owner, claim_of(world.volumes, planned.plan.stack));
  if (owner && world.keep) co_return Status{};
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY_VOID(co_await claim_stack(*ports, planned.plan.stack, world, planned.history));
  co_return co_await hold_asides(*ports, planned.plan.stack, world, {});
}

Task<Result<Planned>> prepare(Call call, const Target& target, MovedTags& moved) {
  CO_TRY(moved, co_await refresh_images(call, images_to_refresh(*target.project, call.arguments)));
  co_return co_await look_and_plan(call, target);
}

Carried carried_by(const Call& call, const Target& target, MovedTags moved) {
  Carried carried;
  carried.moved = std::move(moved);
  carried.record = record_of(target, call.arguments.images);
  carried.git_revision = git_revision(target.inputs.working_dir, DiskFiles());
  return carried;
}

}  // namespace

Ending deploy(Call call) {
  const bool update = call.arguments.command == Command::update;
  CO_TRY(auto target, co_await load_target(call));
  CO_TRY_VOID(override_images(*target.project, call.arguments.images));
  CO_TRY(const auto lock, co_await take_lock(call, target.name, update ? "update" : "deploy"));
  CO_TRY_VOID(co_await recover_unfinished(call, target.name));
  CO_TRY_VOID(attach_content(*target.project, DiskFiles()));

  MovedTags moved;
  auto planned = co_await prepare(call, target, moved);
  if (!planned) {
    co_await put_tags_back(call, moved);
    co_return fail(std::move(planned).error());
  }
  if (nothing_to_do(*planned) && call.arguments.plan_hash.empty()) {
    CO_TRY_VOID(co_await hold_claim(call, *planned));
    show_notes(call, planned->plan);
    co_return tell_nothing_to_do(call, planned->plan);
  }

  auto report = co_await carry_out(call, target, *planned, carried_by(call, target, moved), false);
  for (int again = 0; again < most_renumberings && number_was_taken(report); ++again) {
    planned = co_await look_and_plan(call, target);
    if (!planned) break;
    report = co_await carry_out(call, target, *planned, carried_by(call, target, moved), false);
  }
  if (!planned) report = fail(std::move(planned).error());
  if (!report) {  // not confirmed: nothing has run
    co_await put_tags_back(call, std::move(moved));
    co_return fail(std::move(report).error());
  }
  co_return tell_end(call, *report);
}

Ending show_plan(Call call) {
  CO_TRY(auto target, co_await load_target(call));
  CO_TRY_VOID(override_images(*target.project, call.arguments.images));
  CO_TRY_VOID(attach_content(*target.project, DiskFiles()));
  CO_TRY(const auto planned, co_await look_and_plan(call, target));
  if (planned.history.unfinished)
    call.output.note(fmt::format("deployment {} was cut off; deploy will undo it first",
                                 planned.history.unfinished->number));
  call.output.json(plan_json(planned.plan));
  call.output.say(plan_text(planned.plan));
  if (!planned.plan.empty())
    call.output.say(fmt::format("\nlandfast deploy --plan {} runs exactly this\n",
                                planned.plan.hash.substr(0, 12)));
  co_return ExitStatus::done;
}

}  // namespace landfast
