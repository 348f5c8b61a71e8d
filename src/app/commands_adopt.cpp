// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/adoption_text.h"
#include "app/call.h"
#include "app/confirm.h"
#include "app/recovery.h"
#include "app/sources.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/load.h"
#include "plan/leave.h"
#include "plan/names.h"
#include "run/claim.h"
#include "run/leftovers.h"
#include "run/make_plan.h"

namespace landfast {
namespace {

/// What the plan of an adoption or a leaving was made of.
struct Planned {
  World world;
  History history;
  Plan plan;
};

Task<Result<Planned>> look(Call call, Target& target, DeployOptions options) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY_VOID(attach_content(*target.project, DiskFiles()));
  Planned planned;
  CO_TRY(planned.world, co_await observe(*ports, target.name, &*target.project));
  CO_TRY(planned.history, co_await ports->journal.history(target.name));
  CO_TRY_VOID(check_claim(*ports, target.name, planned.world, planned.history));
  CO_TRY(planned.plan,
         co_await make_plan(*ports, *target.project, planned.world, planned.history, options));
  co_return planned;
}

RunRequest request_of(const Call& call, const Ports& ports, const Target& target,
                      const Planned& planned, const Plan& plan) {
  return RunRequest{.project = *target.project,
                    .world = planned.world,
                    .plan = plan,
                    .inputs = target.inputs,
                    .user = ports.host.self("adopt").user,
                    .git_revision = git_revision(target.inputs.working_dir, DiskFiles()),
                    .timeout = call.arguments.timeout,
                    .record = record_of(target, {}),
                    .stop = &call.stop};
}

/// A deployment without steps: its commit is all that happens.
Task<Result<std::int64_t>> record_as_it_runs(Call call, const Target& target,
                                             const Planned& planned) {
  CO_TRY(const auto* ports, call.wiring.ports());
  Plan nothing = planned.plan;
  nothing.steps.clear();
  nothing.services.clear();
  auto request = request_of(call, *ports, target, planned, nothing);
  request.adopts = true;
  CO_TRY_VOID(co_await ports->journal.remember_inputs(target.inputs));
  OnEvent silent = [](const Event&) {};
  const auto report = co_await run_deployment(*ports, request, std::move(silent));
  if (report.release) co_return *report.release;
  co_return fail(report.error.value_or(Error{}));
}

Task<Result<Adoption>> adopt_one(Call call, Target target) {
  CO_TRY(const auto lock, co_await take_lock(call, target.name, "adopt"));
  CO_TRY_VOID(co_await recover_unfinished(call, target.name));
  CO_TRY(auto planned, co_await look(call, target, DeployOptions{}));
  Adoption adoption;
  adoption.inputs = target.inputs;
  const auto& history = planned.history;
  if (history.current && !history.closed) {
    adoption.already = true;
    adoption.release = history.current->number;
  } else if (planned.world.containers.empty()) {
    co_return fail(Code::invalid, fmt::format("nothing of {} is on this engine", target.name),
                   "landfast deploy brings it up");
  } else {
    CO_TRY(adoption.release, co_await record_as_it_runs(call, target, planned));
  }
  adoption.plan = std::move(planned.plan);
  co_return adoption;
}

/// The stacks that a call names: --all, by name, or the one of this folder.
Task<Result<std::vector<Result<Target>>>> wanted_stacks(Call call) {
  std::vector<Result<Target>> targets;
  std::set<std::string> names(call.arguments.stacks.begin(), call.arguments.stacks.end());
  if (names.empty() && call.arguments.project && call.arguments.files.empty())
    names.insert(*call.arguments.project);
  if (names.empty() && !call.arguments.all) {
    CO_TRY(auto here, co_await load_target(call));
    targets.emplace_back(std::move(here));
    co_return targets;
  }
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto containers, co_await engine->containers(ContainerFilter{}));
  if (call.arguments.all)
    for (const auto& c : containers)
      if (const auto name = c.label(label::project); !name.empty()) names.insert(name);
  for (const auto& name : names) targets.push_back(labelled_target(call, name, containers));
  co_return targets;
}

}  // namespace

Ending adopt(Call call) {
  CO_TRY(auto targets, co_await wanted_stacks(call));
  if (targets.empty()) call.output.say("no compose stack on this engine\n");
  auto worst = ExitStatus::done;
  for (auto& target : targets) {
    Result<Adoption> adoption = fail(Error{});
    if (target) {
      adoption = co_await adopt_one(call, std::move(*target));
    } else {
      adoption = fail(std::move(target).error());
    }
    if (!adoption) {  // one that cannot be adopted does not hold up the rest
      call.output.error(adoption.error());
      worst = std::max(worst, exit_status(adoption.error()));
      continue;
    }
    call.output.json(adoption_json(*adoption));
    call.output.say(adoption_text(*adoption));
    for (const auto& note : adoption->plan.notes) call.output.note(note);
  }
  co_return worst;
}

namespace {

Task<RunReport> run_leave(Call call, const Target& target, const Planned& planned) {
  const auto* ports = *call.wiring.ports();
  const auto request = request_of(call, *ports, target, planned, planned.plan);
  RunView view(call.output, ports->clock);
  auto run = run_deployment(*ports, request, view.on_event());
  co_return co_await watched(std::move(run), view, ports->clock);
}

/// Copies that a container still mounts stay: without them it could not start again.
Task<Result<std::vector<std::string>>> copies_in_use(const Ports& ports, std::string stack) {
  ContainerFilter filter;
  filter.project = stack;
  CO_TRY(const auto containers, co_await ports.engine.containers(std::move(filter)));
  std::vector<std::string> digests;
  for (const auto& c : containers)
    for (auto& copy : mounted_copies(c, stack)) digests.push_back(std::move(copy.digest));
  co_return digests;
}

/// What Landfast itself keeps of the stack goes; every part may be repeated.
Task<Status> let_go(Call call, std::string stack) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(auto in_use, co_await copies_in_use(*ports, stack));
  if (!in_use.empty())
    call.output.note(
        fmt::format("{} copies of configs and secrets stay: containers mount them", in_use.size()));
  CO_TRY_VOID(ports->host.drop_mounted_files(stack, std::move(in_use)));
  CO_TRY(const auto fences, co_await remove_leftovers(*ports, stack));
  for (const auto& name : fences)
    call.output.note(
        fmt::format("the network {} stays while connections may run over it: docker compose down, "
                    "then docker network rm {}",
                    name, name));
  CO_TRY_VOID(co_await release_claim(*ports, stack));
  co_return co_await ports->journal.close_stack(std::move(stack));
}

void show_plan_of_leave(const Call& call, const Plan& plan) {
  for (const auto& note : plan.notes) call.output.note(note);
  for (const auto& p : plan.services) {
    if (p.change == ServiceChange::unchanged || p.change == ServiceChange::done) continue;
    call.output.note(
        fmt::format("{} {}: {}", p.service, to_string(p.change), join(p.causes, ", ")));
    if (p.gap) call.output.note(fmt::format("{}: {}", p.service, *p.gap));
  }
}

}  // namespace

Ending leave(Call call) {
  CO_TRY(auto target, co_await load_target(call));
  CO_TRY(const auto lock, co_await take_lock(call, target.name, "leave"));
  CO_TRY_VOID(co_await recover_unfinished(call, target.name));
  DeployOptions options;
  options.leave = true;
  CO_TRY(const auto planned, co_await look(call, target, options));
  show_plan_of_leave(call, planned.plan);
  CO_TRY_VOID(consent(planned.plan, {call.arguments.yes, call.arguments.plan_hash, false}));
  if (!planned.plan.empty()) {
    const auto report = co_await run_leave(call, target, planned);
    if (report.error) co_return tell_end(call, report);
  }
  CO_TRY_VOID(co_await let_go(call, target.name));
  call.output.say(fmt::format(
      "{}  is plain Compose again; all data stays, and docker compose up -d changes nothing\n",
      printable(target.name)));
  co_return ExitStatus::done;
}

}  // namespace landfast
