// SPDX-License-Identifier: Apache-2.0
#include "app/carry_out.h"

#include <fmt/format.h>

#include <iostream>

#include "app/confirm.h"
#include "base/text.h"
#include "watch/wording.h"

namespace landfast {
namespace {

Task<RunReport> run_plan(Call call, const Target& target, const Planned& planned, Carried carried) {
  const auto* ports = *call.wiring.ports();
  RunRequest request{.project = *target.project,
                     .world = planned.world,
                     .plan = planned.plan,
                     .inputs = target.inputs,
                     .user = ports->host.self("deploy").user,
                     .git_revision = std::move(carried.git_revision),
                     .timeout = call.arguments.timeout,
                     .moved_tags = std::move(carried.moved),
                     .wanted_tags = std::move(carried.wanted_tags),
                     .record = std::move(carried.record),
                     .origin = carried.origin,
                     .stop = &call.stop};
  RunView view(call.output, ports->clock);
  auto run = run_deployment(*ports, request, view.on_event());
  co_return co_await watched(std::move(run), view, ports->clock);
}

}  // namespace

void show_notes(const Call& call, const Plan& plan) {
  for (const auto& note : plan.notes) call.output.note(note);
  for (const auto& service : plan.services)
    if (service.gap) call.output.note(fmt::format("{}: {}", service.service, *service.gap));
}

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

Status confirm(const Call& call, const Plan& plan, bool shown) {
  const auto& a = call.arguments;
  const bool can_ask =
      call.around.input_is_terminal && call.around.output_is_terminal && !a.json && !a.quiet;
  const auto answer = consent(plan, {a.yes, a.plan_hash, can_ask});
  if (!shown && (!answer || *answer == Consent::given)) show_notes(call, plan);
  if (!answer) return fail(answer.error());
  if (*answer == Consent::given) return {};
  call.output.say((shown ? "" : plan_text(plan)) + std::string("\ngo on? [y/N] "));
  std::string line;
  if (std::getline(std::cin, line) && says_yes(line)) return {};
  return fail(Code::cancelled, "not confirmed; nothing was touched");
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

Task<Result<RunReport>> carry_out(Call call, const Target& target, const Planned& planned,
                                  Carried carried, bool shown) {
  CO_TRY_VOID(confirm(call, planned.plan, shown));
  if (call.stop.is_set()) co_return fail(Code::cancelled, "interrupted; nothing was touched");
  if (!planned.history.inputs) {
    // So that `recover` at boot finds a first deployment that was cut off.
    CO_TRY(auto* journal, call.wiring.journal());
    CO_TRY_VOID(co_await journal->remember_inputs(target.inputs));
  }
  co_return co_await run_plan(call, target, planned, std::move(carried));
}

}  // namespace landfast
