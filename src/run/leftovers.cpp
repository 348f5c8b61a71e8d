// SPDX-License-Identifier: Apache-2.0
#include "run/leftovers.h"

#include <algorithm>

#include "plan/names.h"

namespace landfast {
namespace {

/// A stopped container that is attached to a network that is gone could not be started again.
Task<Status> remove_network(const Ports& ports, const NetworkState& network,
                            const std::vector<Container>& containers) {
  for (const auto& c : containers)
    if (c.networks.contains(network.name))
      CO_TRY_VOID(co_await ports.engine.disconnect_network(network.name, c.id, true));
  co_return co_await ports.engine.remove_network(network.id);
}

}  // namespace

Task<Result<std::vector<std::string>>> remove_leftovers(const Ports& ports, std::string stack) {
  ContainerFilter all;
  all.brief = true;
  CO_TRY(auto containers, co_await ports.engine.containers(std::move(all)));
  for (const auto& c : containers)
    if (c.label(label::role) == "look" && c.label(label::stack) == stack)
      CO_TRY_VOID(co_await ports.engine.remove_container(c.id, true, true));
  CO_TRY(const auto networks, co_await ports.engine.networks());
  std::vector<std::string> stay;
  for (const auto& n : networks) {
    const auto whose = n.labels.find(label::stack);
    if (!is_fence(stack, n.name) || whose == n.labels.end() || whose->second != stack) continue;
    const bool used = std::any_of(containers.begin(), containers.end(), [&](const auto& c) {
      return has_processes(c) && c.networks.contains(n.name);
    });
    const auto removed = used ? Status{} : co_await remove_network(ports, n, containers);
    if (used || (!removed && removed.error().code == Code::stuck))
      stay.push_back(n.name);
    else if (!removed)
      co_return fail(removed.error());
  }
  co_return stay;
}

}  // namespace landfast
