// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/project.h"
#include "model/route_table.h"

namespace landfast {

/// The public name of the stack's tunnel: as the file says it, else the hosts that are routed; ""
/// where nothing says one.
[[nodiscard]] std::string tunnel_name(const Project& project);

/// The check of `verify` that asks the tunnel itself.
[[nodiscard]] std::optional<VerifyCheck> tunnel_check(const Project& project);

/// What a person has to know of the tunnel before a deploy: what he does on the host, what the
/// tunnel is not part of, who is stopped first because he shares its network, and who reaches a
/// service through the edge now.
[[nodiscard]] std::vector<std::string> tunnel_notes(const Project& project);

/// What is served of a service: "shop.example.com", ":3000", "http://app:3000 in shop_tunnel" for
/// what a tunnel asks. `parts`: what each edge serves of the stack.
[[nodiscard]] std::vector<std::string> served_addresses(
    const Project& project, const Service& service, const std::map<std::string, RouteTable>& parts);

}  // namespace landfast
