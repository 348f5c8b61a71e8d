// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "model/driven_nginx.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "run/edges.h"

namespace landfast {
namespace {

using Outcome = Result<std::string>;

Task<Outcome> release_nginx(Session& session, std::string edge) {
  auto& engine = session.ports.engine;
  const auto network = edge_network(session.plan.stack);
  ContainerFilter everything;
  everything.brief = true;
  CO_TRY(const auto containers, co_await engine.containers(std::move(everything)));
  for (const auto& c : containers) {
    const bool is_ours =
        !c.label(label::edge).empty() || c.label(label::project) == session.plan.stack;
    if (is_ours || !c.networks.contains(network)) continue;
    CO_TRY_VOID(co_await engine.disconnect_network(network, c.id, false));
  }
  CO_TRY_VOID(co_await session.ports.edge.forget(edge));
  co_return "it serves nothing any more";
}

Task<Outcome> join_nginx(Session& session, const Step& step, const RouteTable& table) {
  const auto name = driven_nginx(table).container;
  CO_TRY(const auto found, co_await container_of(session.ports.engine, name));
  const bool is_up = found && found->status == ContainerStatus::running;
  if (!is_up && step.state == DeploymentState::undoing) {
    session.emit(EventKind::notice, &step, fmt::format("the nginx {} does not run", name));
    co_return "does not run";
  }
  if (!is_up)
    co_return fail(Code::failed, fmt::format("the nginx {} does not run", name),
                   fmt::format("docker start {}; docker logs {}", name, name));
  CO_TRY_VOID(co_await connect_served(session.ports.engine, found->id, table));
  co_return "it is there";
}

}  // namespace

Task<Outcome> make_nginx_edge(Session& session, const Step& step) {
  CO_TRY(const auto facts, co_await session.ports.edge.facts(step.name));
  if (facts.table.empty()) co_return co_await release_nginx(session, step.name);
  co_return co_await join_nginx(session, step, facts.table);
}

}  // namespace landfast
