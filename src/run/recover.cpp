// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "plan/edge_facts.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "run/claim.h"
#include "run/edges.h"
#include "run/intended.h"
#include "run/run.h"
#include "run/undo_deployment.h"

namespace landfast {

Task<Result<std::optional<RunReport>>> recover(const Ports& ports, std::string stack,
                                               OnEvent on_event) {
  CO_TRY(const auto history, co_await ports.journal.history(stack));
  if (!history.unfinished) {
    CO_TRY_VOID(co_await finish_release(ports, std::move(stack), on_event));
    co_return std::optional<RunReport>{};
  }
  UndoRequest request;
  request.stack = stack;
  request.deployment = history.unfinished->number;
  request.first_deployment = history.is_at_first_deployment();
  request.interrupted = true;
  request.why.text = fmt::format("deployment {} was interrupted while {}", request.deployment,
                                 to_string(history.unfinished->state));
  co_return std::optional<RunReport>(co_await undo_deployment(ports, std::move(request), on_event));
}

namespace {

/// The old containers of the newest release: retired, renamed, not yet removed.
Plan removals(const std::string& stack, const Release& release,
              const std::vector<Container>& containers) {
  Plan plan;
  plan.stack = stack;
  plan.deployment = release.deployment;
  plan.current_release = release.number;
  for (const auto& c : containers) {
    const auto name = generation_name(c.name);
    if (!name || !name->was || name->deployment > release.deployment) continue;
    Step s;
    s.id = "leftover:" + c.name;
    s.kind = StepKind::remove_container;
    s.state = DeploymentState::committed;
    s.service = c.label(label::service);
    s.number = container_number(c);
    s.name = c.name;
    s.container_id = c.id;
    s.cause = "the release that it made way for is committed";
    plan.steps.push_back(std::move(s));
  }
  return plan;
}

bool has_fence(const std::vector<NetworkState>& networks, const std::string& stack) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const auto& n) { return is_fence(stack, n.name); });
}

/// A release that was committed behind its fence serves only once that is gone.
Task<Status> add_unfencing(const Ports& ports, World& world, Plan& plan) {
  CO_TRY(world.networks, co_await ports.engine.networks());
  if (!has_fence(world.networks, plan.stack)) co_return Status{};
  CO_TRY(const auto records, co_await ports.journal.steps(plan.deployment));
  CO_TRY(const auto steps, intended(records));
  std::vector<FenceRecord> fenced;
  for (const auto& s : steps)
    if (s.kind == StepKind::fence_container) fenced.push_back({s.id, &s.facts});
  auto ends = unfencing(plan.stack, plan.deployment, fenced, world, DeploymentState::committed,
                        "leftover:");
  plan.steps.insert(plan.steps.begin(), std::make_move_iterator(ends.begin()),
                    std::make_move_iterator(ends.end()));
  co_return Status{};
}

/// Of what is set aside, the copies that this release lets go.
void add_drops(const World& world, const Release& release, Plan& plan) {
  std::vector<std::string> before;
  for (const auto& s : plan.steps) before.push_back(s.id);
  for (const auto* v : asides_let_go(world.volumes, plan.stack, release.deployment)) {
    Step s;
    s.id = "leftover:" + v->name;
    s.kind = StepKind::drop_aside;
    s.state = DeploymentState::committed;
    s.key = set_aside_for(*v, plan.stack);
    s.name = v->name;
    s.cause = fmt::format("what release {} set aside stays in its place", release.number);
    s.after = before;
    before = {s.id};
    plan.steps.push_back(std::move(s));
  }
}

/// A kill may have come while what holds the copies that are set aside against `docker volume
/// prune` was made or replaced.
Task<Status> hold_again(const Ports& ports, const std::string& stack, const World& world) {
  CO_TRY(const auto owner, claim_of(world.volumes, stack));
  if (!owner || asides_of(world.volumes, stack).empty()) co_return Status{};
  co_return co_await hold_asides(ports, stack, world, {});
}

/// Nor does it while its requests wait; those of what was fenced once that has its networks back.
Task<Status> add_switches(const Ports& ports, World& world, Plan& plan) {
  CO_TRY_VOID(co_await observe_edges(ports, plan.stack, nullptr, {}, world));
  if (!has_held_slot(world, plan.stack)) co_return Status{};
  CO_TRY(const auto records, co_await ports.journal.steps(plan.deployment));
  CO_TRY(const auto steps, intended(records));
  std::vector<std::string> unfenced;
  for (const auto& s : plan.steps)
    if (s.kind == StepKind::unfence_container) unfenced.push_back(s.id);
  for (auto& s : held_slots(plan.stack, steps, world)) {
    s.after.insert(s.after.end(), unfenced.begin(), unfenced.end());
    plan.steps.push_back(std::move(s));
  }
  co_return Status{};
}

}  // namespace

Task<Status> finish_release(const Ports& ports, std::string stack, OnEvent on_event) {
  CO_TRY(const auto history, co_await ports.journal.history(stack));
  if (history.unfinished || !history.current || history.closed) co_return Status{};
  ContainerFilter filter;
  filter.project = stack;
  World world;
  CO_TRY(world.containers, co_await ports.engine.containers(std::move(filter)));
  auto plan = removals(stack, *history.current, world.containers);
  CO_TRY_VOID(co_await add_unfencing(ports, world, plan));
  CO_TRY(world.volumes, co_await ports.engine.volumes());
  add_drops(world, *history.current, plan);
  CO_TRY_VOID(co_await add_switches(ports, world, plan));
  if (!plan.empty()) {
    const auto report = co_await run_verb(ports, nullptr, world, plan, on_event);
    if (report.error) co_return fail(*report.error);
  }
  co_return co_await hold_again(ports, stack, world);
}

}  // namespace landfast
