// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "edge/caddy_config.h"

namespace landfast::caddy {

using boost::json::array;
using boost::json::object;

[[nodiscard]] array texts(const std::vector<std::string>& list);
/// One element.
[[nodiscard]] array one(object o);
[[nodiscard]] object handler(std::string_view name, object options = {});
/// A route that ends the handling of what it matches; an empty `match` matches everything.
[[nodiscard]] object route(object match, array handle);
/// The same where what comes after it goes on.
[[nodiscard]] object passing(object match, array handle);
/// An answer with a page for people; `retry`: said to come back in some seconds.
[[nodiscard]] object page(int status, std::string_view title, std::string_view text, bool retry);
/// A Go duration.
[[nodiscard]] std::string duration(std::chrono::nanoseconds value);
[[nodiscard]] std::string file_placeholder(const CaddyLayout& layout, const std::string& target,
                                           const std::string& file);

/// A named route of every server: 503, said when a target is down or held for too long.
inline constexpr const char* closed_page = "closed";

/// What handles the requests of one route of a target, from the first check to the last resort.
[[nodiscard]] array route_handlers(const EdgeRoute& r, const EdgeTarget& target,
                                   const CaddyLayout& layout);
/// The handler that serves one slot: its files; or it sends to all its replicas, trying again what
/// cannot be dialled, or once to the one with that number.
[[nodiscard]] object slot_handler(const EdgeRoute& r, const EdgeTarget& target, SlotName slot,
                                  int replica, const CaddyLayout& layout);

/// apps.http.servers
[[nodiscard]] object servers(const RouteTable& table, const CaddyLayout& layout);
/// apps.tls
[[nodiscard]] object tls_app(const RouteTable& table, const CaddyLayout& layout,
                             const GivenCertificates& given);

}  // namespace landfast::caddy
