// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "model/driven_nginx.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/tunnel.h"
#include "run/edges.h"

namespace landfast {
namespace {

bool has_routes(const Project& project) {
  return std::ranges::any_of(project.services,
                             [&](const auto& s) { return is_behind_edge(project, s.second); });
}

/// The user's nginx, where it serves the stack or is to.
Task<Status> observe_nginx(const Ports& ports, std::string stack, const Project* project,
                           World& world) {
  const auto name = nginx_edge(stack);
  EdgeState state;
  CO_TRY(state.facts, co_await ports.edge.facts(name));
  auto container = driven_nginx(state.facts.table).container;
  if (project != nullptr && project->landfast.edge == EdgeMode::nginx)
    container = project->landfast.edge_nginx.container;
  if (container.empty() && state.facts.table.empty()) co_return Status{};
  if (!container.empty()) {
    CO_TRY(state.container, co_await container_of(ports.engine, std::move(container)));
  }
  world.edges[name] = std::move(state);
  co_return Status{};
}

}  // namespace

Task<Status> observe_edges(const Ports& ports, std::string stack, const Project* project,
                           const std::vector<Container>& everything, World& world) {
  for (const auto& name : {std::string(shared_edge), own_edge(stack)}) {
    EdgeState state;
    CO_TRY(state.facts, co_await ports.edge.facts(name));
    for (const auto& c : everything)
      if (c.name == name && c.label(label::edge) == name) {
        CO_TRY(state.container, co_await container_of(ports.engine, c.id));  // with its aliases
      }
    world.edges[name] = std::move(state);
  }
  CO_TRY_VOID(co_await observe_nginx(ports, std::move(stack), project, world));
  if (project == nullptr || !has_routes(*project)) co_return Status{};
  const auto image = co_await ports.engine.image(edge_image);
  if (!image && image.error().code != Code::not_found) co_return fail(image.error());
  world.has_edge_image = image.has_value();
  if (image) world.images[edge_image] = *image;
  co_return Status{};
}

}  // namespace landfast
