// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/route_table.h"
#include "model/world.h"

namespace landfast {

/// The image that an edge's container is made of: Caddy with its version, see `landfast edge
/// image`.
inline constexpr const char* edge_image = "landfast/edge:2.11.4";

/// A port of the host that an edge publishes.
struct EdgePort {
  std::string host_ip;  ///< "": all addresses
  std::uint16_t port = 0;
  std::string protocol = "tcp";
};

/// What the edge of this table publishes: the ports of its routes; the shared one 127.0.0.1:8480,
/// and 80 and 443 unless every stack on it says `edge: behind`.
[[nodiscard]] std::vector<EdgePort> edge_ports(const RouteTable& table);

/// The network that an edge publishes its ports from has the edge's own name.
[[nodiscard]] boost::json::object publishing_network_body(const std::string& edge);
/// The internal network between a stack and its edges.
[[nodiscard]] boost::json::object edge_network_body(const std::string& stack,
                                                    std::int64_t deployment);
/// The networks of the stacks that the edge serves, sorted.
[[nodiscard]] std::vector<std::string> served_networks(const RouteTable& table);
/// Those of proxies in front of it, sorted: there its name is `landfast-edge`.
[[nodiscard]] std::vector<std::string> proxy_networks(const RouteTable& table);
[[nodiscard]] boost::json::object proxy_endpoint();
/// The networks of proxies that the edge has joined and that the table names no more. An edge that
/// somebody else has joined to a network stays there.
[[nodiscard]] std::vector<std::string> former_proxy_networks(const Container& container,
                                                             const RouteTable& table);

/// POST /containers/create for the edge of this table, whose files are in `folder` of the host: no
/// rights, a read-only root, the folder's parts mounted one by one (docs/decisions/031). The
/// label `landfast.content` is a digest of all that but for the image: a newer one is a matter of
/// `edge upgrade`, never of a deploy.
[[nodiscard]] boost::json::object edge_body(const RouteTable& table, const std::string& folder,
                                            const std::string& image = edge_image);

/// What is said of edges that serve the stack and run another image than the one that is there.
[[nodiscard]] std::vector<std::string> edge_image_notes(const World& world,
                                                        const std::string& stack);

/// Network → the names that an edge's container answers to there besides its own: for tunnels.
[[nodiscard]] std::map<std::string, std::vector<std::string>> names_taken(
    const Container& container, const std::string& edge);
[[nodiscard]] boost::json::object names_endpoint(const std::vector<std::string>& names);

/// Whether a container is what `edge_body` would make, and in all networks that it serves and, of
/// those that there are (`known`), in those of proxies; and answers to the names that its table
/// takes over and to no others.
[[nodiscard]] bool is_as_made(const Container& container, const RouteTable& table,
                              const std::string& folder, const std::vector<NetworkState>& known);

}  // namespace landfast
