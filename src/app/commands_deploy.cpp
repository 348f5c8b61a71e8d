// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/call.h"
#include "app/confirm.h"
#include "app/images.h"
#include "app/recovery.h"
#include "app/sources.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/load.h"
#include "run/claim.h"
#include "watch/wording.h"

namespace landfast {
namespace {

constexpr int most_renumberings = 20;

DeployOptions options_of(const Arguments& a) {
  DeployOptions options;
  options.services = a.services;
  options.no_deps = a.no_deps;
  options.force_recreate = a.force_recreate;
  options.remove_orphans = a.remove_orphans;
  options.build = a.build;
  options.images = a.images;
  options.new_volumes = a.new_volumes;
  return options;
}

/// Everything that a plan was made of.
struct Planned {
  World world;
  History history;
  Plan plan;
};

Task<Result<Planned>> make_plan(Call call, const Target& target) {
  CO_TRY(const auto* ports, call.wiring.ports());
  Planned planned;
  CO_TRY(planned.world, co_await observe(*ports, target.name, &*target.project));
  CO_TRY(planned.history, co_await ports->journal.history(target.name));
  CO_TRY_VOID(check_claim(*ports, target.name, planned.world, planned.history));
  CO_TRY(planned.plan,
         plan_deploy(*target.project, planned.world, planned.history, options_of(call.arguments)));
  CO_TRY_VOID(co_await check_builds(call, *target.project, planned.plan));
  if (planned.history.inputs && planned.history.current)
    for (auto& change : input_changes(*planned.history.inputs, target.inputs))
      planned.plan.notes.push_back(std::move(change));
  co_return planned;
}

void show_notes(const Call& call, const Plan& plan) {
  for (const auto& note : plan.notes) call.output.note(note);
  for (const auto& service : plan.services)
    if (service.gap) call.output.note(fmt::format("{}: {}", service.service, *service.gap));
}

/// A first deployment is recorded even where nothing has to change: the stack is adopted.
bool nothing_to_do(const Planned& planned) {
  return planned.plan.empty() && planned.history.current && !planned.history.closed;
}

ExitStatus tell_nothing_to_do(const Call& call, const Plan& plan) {
  if (call.output.is_json()) {
    RunView view(call.output, call.wiring.clock());
    Event event;
    event.stack = plan.stack;
    event.plan = &plan;
    event.release = plan.current_release;
    for (const auto kind : {EventKind::deployment_started, EventKind::deployment_done}) {
      event.kind = kind;
      event.state = DeploymentState::committed;
      view.on_event()(event);
    }
  }
  call.output.say(
      fmt::format("{}  {}  nothing to do\n", printable(plan.stack), release_change(plan)));
  return ExitStatus::done;
}

/// Has the plan confirmed where it must be; shows it whole where it asks, else only its notes.
Status confirm(const Call& call, const Plan& plan) {
  const auto& a = call.arguments;
  const bool can_ask =
      call.around.input_is_terminal && call.around.output_is_terminal && !a.json && !a.quiet;
  const auto answer = consent(plan, {a.yes, a.plan_hash, can_ask});
  if (!answer || *answer == Consent::given) show_notes(call, plan);
  if (!answer) return fail(answer.error());
  if (*answer == Consent::given) return {};
  call.output.say(plan_text(plan) + "\ngo on? [y/N] ");
  std::string line;
  if (std::getline(std::cin, line) && says_yes(line)) return {};
  return fail(Code::cancelled, "not confirmed; nothing was touched");
}

Task<RunReport> run_plan(Call call, const Target& target, const Planned& planned, MovedTags moved) {
  const auto* ports = *call.wiring.ports();
  RunRequest request{.project = *target.project,
                     .world = planned.world,
                     .plan = planned.plan,
                     .inputs = target.inputs,
                     .user = ports->host.self("deploy").user,
                     .git_revision = git_revision(target.inputs.working_dir, DiskFiles()),
                     .timeout = call.arguments.timeout,
                     .moved_tags = std::move(moved),
                     .stop = &call.stop};
  RunView view(call.output, ports->clock);
  auto run = run_deployment(*ports, request, view.on_event());
  co_return co_await watched(std::move(run), view, ports->clock);
}

/// Shows the plan, has it confirmed and runs it.
Task<Result<RunReport>> carry_out(Call call, const Target& target, const Planned& planned,
                                  MovedTags moved) {
  CO_TRY_VOID(confirm(call, planned.plan));
  if (call.stop.is_set()) co_return fail(Code::cancelled, "interrupted; nothing was touched");
  if (!planned.history.inputs) {
    // So that `recover` at boot finds a first deployment that was cut off.
    CO_TRY(auto* journal, call.wiring.journal());
    CO_TRY_VOID(co_await journal->remember_inputs(target.inputs));
  }
  co_return co_await run_plan(call, target, planned, std::move(moved));
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
  std::vector<std::string> images;
  for (const auto& c : world.containers) images.push_back(c.image_id);
  std::vector<std::string> volumes;
  co_return co_await keep(*ports, planned.plan.stack, std::move(images), std::move(volumes));
}

Task<Result<Planned>> prepare(Call call, const Target& target, MovedTags& moved) {
  CO_TRY(moved, co_await refresh_images(call, images_to_refresh(*target.project, call.arguments)));
  co_return co_await make_plan(call, target);
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

  auto report = co_await carry_out(call, target, *planned, moved);
  for (int again = 0; again < most_renumberings && number_was_taken(report); ++again) {
    planned = co_await make_plan(call, target);
    if (!planned) break;
    report = co_await carry_out(call, target, *planned, moved);
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
  CO_TRY(const auto planned, co_await make_plan(call, target));
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
