// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/project.h"
#include "model/route_table.h"
#include "model/world.h"

namespace landfast {

// A tunnel's client asks `http://app:3000`, as somebody wrote far away. So the stack's own edge
// answers to the names of its routed services in the networks that the client is in too, and their
// containers do not (docs/edge.md, Tunnels).

/// The service that runs the stack's tunnel, where this call has it; nullptr where there is none.
[[nodiscard]] const Service* tunnel_service(const Project& project);

/// Whether the tunnel's client is a process of the host, or a container in its network.
[[nodiscard]] bool tunnel_is_on_host(const Project& project);

/// Whether hosts are served by the edge that all stacks share: not behind a tunnel in a container,
/// unless `edge`, `acme` or `tls` ask for it.
[[nodiscard]] bool serves_hosts(const Project& project);

/// What the stack says of ports 80 and 443: with a tunnel on the host it leaves them alone.
[[nodiscard]] EdgeMode edge_mode(const Project& project);

/// Network on the engine → names of the service there that its edge answers to.
[[nodiscard]] std::map<std::string, std::vector<std::string>> names_behind_edge(
    const Project& project, const Service& service);

/// Whether an edge carries requests to the service.
[[nodiscard]] bool is_behind_edge(const Project& project, const Service& service);

/// Whether both are in a network where the service answers to its own name.
[[nodiscard]] bool meet_directly(const Project& project, const Service& service,
                                 const Service& peer);

/// The table with what its tunnels ask from: all addresses of their networks but the gateways, from
/// which the host and whoever comes through it asks.
[[nodiscard]] RouteTable with_tunnel_sources(RouteTable table,
                                             const std::vector<NetworkState>& networks);

/// Whether a container has the name in a network; also where it is not in that network.
[[nodiscard]] bool answers_itself(const Container& container, const std::string& network,
                                  const std::string& name);

/// Why the containers of a service have to be made anew: names that go to the edge, or come back.
[[nodiscard]] std::vector<std::string> names_that_move(const Project& project,
                                                       const Service& service,
                                                       const Container& container);

}  // namespace landfast
