// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "plan/create_body_parts.h"
#include "plan/edge_body.h"
#include "plan/edge_facts.h"
#include "plan/edge_names.h"
#include "plan/stack_routes.h"
#include "plan/tunnel.h"
#include "run/edges.h"

namespace landfast {
namespace {

using Outcome = Result<std::string>;
namespace json = boost::json;

/// What the stack is to have of the table: as the plan says, or as it was before the deployment.
Task<Result<RouteTable>> wanted_part(const Session& session, const Step& step) {
  if (!step.facts.empty()) {
    RouteTable nothing;
    nothing.edge = step.name;
    auto before = body::text(step.facts, "before");
    if (before.empty()) co_return nothing;
    CO_TRY(const auto table, co_await session.ports.edge.table(step.name, std::move(before)));
    co_return part_of(table, session.plan.stack);
  }
  const auto it = session.plan.routes.find(step.name);
  if (it == session.plan.routes.end())
    co_return fail(Code::corrupt, fmt::format("the plan has no routes for {}", step.name));
  auto part = it->second;
  if (part.taken_names().empty()) co_return part;
  CO_TRY(const auto networks, co_await session.ports.engine.networks());
  co_return with_tunnel_sources(std::move(part), networks);  // some were made by this deployment
}

RouteTable changed_table(const Session& session, const Step& step, const RouteTable& now,
                         const RouteTable& part) {
  return step.keeps_routes ? with_stale(now, session.plan.stack, part)
                           : with_stack(now, session.plan.stack, part);
}

}  // namespace

Task<Result<json::object>> edge_facts_before(Session& session, const Step& step) {
  json::object facts;
  auto& edge = session.ports.edge;
  switch (step.kind) {
  case StepKind::apply_routes: {
    CO_TRY(const auto now, co_await edge.facts(step.name));
    facts["edge"] = step.name;
    facts["before"] = now.recorded;
    facts["part"] = revision_of(part_of(now.table, session.plan.stack));
    break;
  }
  case StepKind::join_edge:
    facts["id"] = step.container_id;
    facts["network"] = step.name;
    break;
  case StepKind::hold_slot:
  case StepKind::point_slot:
  case StepKind::switch_slot:
  case StepKind::drain_slot: {
    CO_TRY(const auto now, co_await edge.facts(step.name));
    SlotRecord record{step.name, step.key, step.service, {}, step.limit};
    if (const auto it = now.slots.find(step.key); it != now.slots.end()) record.state = it->second;
    facts = to_json(record);
    break;
  }
  default:
    break;
  }
  co_return facts;
}

Task<Outcome> apply_routes(Session& session, const Step& step) {
  CO_TRY(const auto part, co_await wanted_part(session, step));
  const bool undoes = step.state == DeploymentState::undoing;
  const auto begin = session.ports.clock.now();
  for (;;) {
    CO_TRY(auto now, co_await session.ports.edge.facts(step.name));
    now.table.edge = step.name;
    auto table = changed_table(session, step, now.table, part);
    if (!undoes) CO_TRY_VOID(check_clashes(table));
    const auto routes = table.routes.size();
    auto applied = co_await session.ports.edge.apply(std::move(table), now.recorded);
    if (applied) co_return fmt::format("{} route{}", routes, routes == 1 ? "" : "s");
    if (applied.error().code == Code::conflict) {
      if (session.ports.clock.now() - begin >= conflict_limit) break;
      co_await session.ports.clock.sleep(conflict_pause);
      continue;
    }
    const bool recorded_all_the_same = applied.error().code == Code::unavailable && undoes;
    if (!recorded_all_the_same) co_return fail(std::move(applied).error());
    co_return "recorded";
  }
  co_return fail(Code::conflict, fmt::format("{} is changed by others all the time", step.name));
}

}  // namespace landfast
