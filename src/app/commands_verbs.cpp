// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/call.h"
#include "app/recovery.h"
#include "app/stack.h"
#include "base/text.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/stack_routes.h"
#include "run/claim.h"
#include "run/edge_upgrade.h"
#include "run/leftovers.h"

namespace landfast {
namespace {

using MakePlan = Result<Plan> (*)(const Project*, const World&, const VerbOptions&);

VerbOptions options_of(const Arguments& a) {
  VerbOptions options;
  options.services = a.services;
  options.remove_orphans = a.remove_orphans;
  return options;
}

/// One verb from its plan to its end: under the lock, with what was cut off recovered first.
struct Verb {
  Target target;
  std::unique_ptr<StackLock> lock;
  World world;
  Plan plan;
  [[nodiscard]] const Project* project() const {
    return target.project ? &*target.project : nullptr;
  }
};

Task<Result<Verb>> prepare(Call call, std::string name, MakePlan make_plan) {
  Verb verb;
  CO_TRY(verb.target, co_await find_target(call));
  CO_TRY(verb.lock, co_await take_lock(call, verb.target.name, std::move(name)));
  CO_TRY_VOID(co_await recover_unfinished(call, verb.target.name));
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(verb.world, co_await observe(*ports, verb.target.name, nullptr));
  CO_TRY(const auto history, co_await ports->journal.history(verb.target.name));
  CO_TRY_VOID(check_claim(*ports, verb.target.name, verb.world, history));
  CO_TRY(verb.plan, make_plan(verb.project(), verb.world, options_of(call.arguments)));
  verb.plan.stack = verb.target.name;
  co_return verb;
}

/// A verb that is interrupted stops where it is: it undoes nothing, and every part of it is whole.
Task<RunReport> run(Call call, const Verb& verb) {
  const auto* ports = *call.wiring.ports();
  RunView view(call.output, ports->clock);
  auto work = run_verb(*ports, verb.project(), verb.world, verb.plan, view.on_event());
  auto shown = watched(std::move(work), view, ports->clock);
  auto either = race(std::move(shown), call.stop.wait());
  auto winner = co_await either;
  if (winner.index() == 0) co_return std::get<0>(std::move(winner));
  RunReport report;
  report.state = DeploymentState::planned;
  report.error.emplace();
  report.error->text = "interrupted; what was done until now stays";
  report.error->hint = "landfast status shows how things stand";
  co_return report;
}

Ending carry_out(Call call, std::string name, MakePlan make_plan) {
  CO_TRY(const auto verb, co_await prepare(call, std::move(name), make_plan));
  for (const auto& note : verb.plan.notes) call.output.note(note);
  if (verb.plan.empty()) {
    call.output.say(fmt::format("{}  nothing to do\n", printable(verb.target.name)));
    call.output.json(plan_json(verb.plan));
    co_return ExitStatus::done;
  }
  const auto report = co_await run(call, verb);
  co_return tell_end(call, report);
}

std::string count(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string removal_text(const Plan& plan) {
  std::size_t containers = 0, networks = 0;
  for (const auto& step : plan.steps) {
    containers += step.kind == StepKind::remove_container ? 1 : 0;
    networks += step.kind == StepKind::remove_network ? 1 : 0;
  }
  return fmt::format("{}  removes {} and {}\n", printable(plan.stack),
                     count(containers, "container", "containers"),
                     count(networks, "network", "networks"));
}

std::vector<std::string> own_volumes(const Verb& verb) {
  std::vector<std::string> names;
  for (const auto& v : verb.world.volumes)
    if (const auto it = v.labels.find(label::project);
        it != v.labels.end() && it->second == verb.target.name)
      names.push_back(v.name);
  std::sort(names.begin(), names.end());
  return names;
}

/// A stack of which nothing is left is closed: its next deployment is a first one.
Task<Status> forget(Call call, const Verb& verb) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY_VOID(co_await remove_leftovers(*ports, verb.target.name));
  ContainerFilter filter;
  filter.project = verb.target.name;
  CO_TRY(const auto left, co_await ports->engine.containers(std::move(filter)));
  auto volumes = own_volumes(verb);
  if (!left.empty()) co_return Status{};
  if (!volumes.empty()) {  // no container uses them any more: they are held against a prune
    std::vector<std::string> images;
    for (const auto& c : verb.world.containers) images.push_back(c.image_id);
    co_return co_await keep(*ports, verb.target.name, std::move(images), std::move(volumes));
  }
  CO_TRY_VOID(co_await release_claim(*ports, verb.target.name));
  co_return co_await ports->journal.close_stack(verb.target.name);
}

}  // namespace

Ending stop_containers(Call call) { return carry_out(call, "stop", plan_stop); }
Ending start_containers(Call call) { return carry_out(call, "start", plan_start); }
Ending restart_containers(Call call) { return carry_out(call, "restart", plan_restart); }

Ending take_down(Call call) {
  CO_TRY(const auto verb, co_await prepare(call, "down", plan_down));
  if (verb.plan.empty()) {
    call.output.say(fmt::format("{}  nothing is left to remove\n", printable(verb.target.name)));
    call.output.json(plan_json(verb.plan));
  } else {
    call.output.say(removal_text(verb.plan));
    for (const auto& note : verb.plan.notes) call.output.note(note);
    const auto report = co_await run(call, verb);
    if (report.error) co_return tell_end(call, report);
  }
  CO_TRY_VOID(co_await forget(call, verb));
  co_return ExitStatus::done;
}

namespace {

/// No upgrade of an edge is under way while the lock of a stack that it serves is ours.
Task<Status> end_edge_upgrades(const Ports& ports, std::string stack) {
  for (const auto& edge : {std::string(shared_edge), own_edge(stack)}) {
    CO_TRY(const auto facts, co_await ports.edge.facts(edge));
    if (part_of(facts.table, stack).empty()) continue;
    CO_TRY_VOID(co_await settle_edge_upgrade(ports, edge));
  }
  co_return Status{};
}

Task<Status> recover_one(Call call, std::string stack) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(const auto lock, co_await take_lock(call, stack, "recover"));
  CO_TRY_VOID(co_await end_edge_upgrades(*ports, stack));
  CO_TRY(const auto history, co_await ports->journal.history(stack));
  if (history.unfinished) co_return co_await recover_unfinished(call, stack);
  RunView view(call.output, ports->clock);
  CO_TRY_VOID(co_await finish_release(*ports, stack, view.on_event()));
  call.output.say(fmt::format("{}  nothing was cut off\n", printable(stack)));
  co_return Status{};
}

/// Every stack of the journal, as at boot; one that cannot be recovered does not hold up the rest.
Ending recover_all(Call call) {
  CO_TRY(auto* journal, call.wiring.journal());
  CO_TRY(const auto stacks, co_await journal->stacks());
  auto worst = ExitStatus::done;
  for (const auto& stack : stacks) {
    const auto status = co_await recover_one(call, stack.name);
    if (status) continue;
    call.output.error(status.error());
    worst = std::max(worst, exit_status(status.error()));
  }
  co_return worst;
}

}  // namespace

Ending recover_stack(Call call) {
  if (call.arguments.all) co_return co_await recover_all(call);
  CO_TRY(const auto found, co_await locate_target(call));
  if (!found && !call.arguments.project) co_return co_await recover_all(call);
  CO_TRY_VOID(co_await recover_one(call, found ? found->name : *call.arguments.project));
  co_return ExitStatus::done;
}

}  // namespace landfast
