// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/route_table.h"

namespace landfast::test {

/// A table by name: its configuration lies in tests/golden/edge/NAME.json.
struct TableCase {
  std::string name;
  RouteTable table;
};

/// One table for each thing that a route can say.
[[nodiscard]] std::vector<TableCase> table_cases();

/// A table of stack shop whose service app listens on port 3000 and has these routes.
[[nodiscard]] RouteTable table_with(const std::string& edge, std::vector<EdgeRoute> routes);
[[nodiscard]] EdgeRoute host_route(const std::string& host, const std::string& path = "/",
                                   const std::string& service = "app");
[[nodiscard]] EdgeRoute port_route(std::uint16_t published, const std::string& path = "/",
                                   const std::string& service = "app");

}  // namespace landfast::test
