// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// The edge of one stack, for its routes by port.
[[nodiscard]] std::string own_edge(const std::string& stack);
/// The internal network between the services of a stack and the edges that serve them.
[[nodiscard]] std::string edge_network(const std::string& stack);
[[nodiscard]] bool is_edge_network(std::string_view name);
/// The name of one container in that network: never that of another generation.
[[nodiscard]] std::string edge_alias(std::int64_t deployment, const std::string& service,
                                     int number);
/// The name that a container has there; nullopt where an edge cannot reach it.
[[nodiscard]] std::optional<std::string> alias_on_edge(const Container& container,
                                                       const std::string& stack);
/// The TCP ports of the host that a container was made to publish, as it was asked for.
[[nodiscard]] std::set<std::string> published_tcp_ports(const Container& container);
[[nodiscard]] boost::json::object edge_endpoint(const std::string& alias);

/// Whether a route by port of the service takes this published port over.
[[nodiscard]] bool is_taken_over(const Service& service, std::string_view published,
                                 std::string_view protocol);

}  // namespace landfast
