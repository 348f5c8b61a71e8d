// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "base/result.h"
#include "model/route_table.h"

namespace landfast {

/// Whether a name is only known on this host or this network: localhost, a name below .localhost,
/// .local, .test, .internal, .lan or .home.arpa, a single label, or an address.
[[nodiscard]] bool is_local_name(std::string_view host);
/// Whether a host is written as an IP address.
[[nodiscard]] bool is_address(std::string_view host);

/// What the stack of a route says of ports 80 and 443.
[[nodiscard]] EdgeMode edge_mode(const RouteTable& table, const EdgeRoute& route);

/// How each host of a table is served: `automatic` is decided by the name, by the other routes of
/// the host, and by the mode of its stack.
[[nodiscard]] std::map<std::string, Tls> host_tls(const RouteTable& table);

/// What an edge cannot serve or must not be told: text with braces (the edge would evaluate it),
/// header names that are none, a certificate that cannot be had, different `tls` for one host. The
/// first one, with the place where it is written.
[[nodiscard]] Status check_routes(const RouteTable& table);

/// What a nginx that is driven does not do for a route, or would evaluate; the first one.
[[nodiscard]] Status check_nginx_routes(const RouteTable& table);

}  // namespace landfast
