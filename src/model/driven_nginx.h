// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "model/route_table.h"

namespace landfast {

/// The routes of one stack that a nginx of the user serves: "<stack>-landfast-nginx".
[[nodiscard]] std::string nginx_edge(const std::string& stack);
[[nodiscard]] bool is_nginx_edge(std::string_view edge);
/// That of the edge of this table; empty where it is none, or nothing is recorded.
[[nodiscard]] DrivenNginx driven_nginx(const RouteTable& table);

}  // namespace landfast
