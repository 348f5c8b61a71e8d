// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/project.h"
#include "model/route_table.h"
#include "model/world.h"

namespace landfast {

/// What the stack's services say of routes, by edge: those by host of the shared edge, those by
/// port of its own. `images` by reference, for ports that only an image knows. Errors: `invalid`
/// with the route's place, all of them at once: no or several ports to choose from, a network that
/// no edge can be in, a one-shot, the same host and path twice.
[[nodiscard]] Result<std::map<std::string, RouteTable>> stack_routes(
    const Project& project, const std::map<std::string, Image>& images);

/// The table while a deploy runs: what the stack says now, and those of its targets and routes in
/// `table` that it says no more, as long as nothing else takes their host and path.
[[nodiscard]] RouteTable with_stale(const RouteTable& table, const std::string& stack,
                                    const RouteTable& part);

/// What `table` has of one stack, alone.
[[nodiscard]] RouteTable part_of(const RouteTable& table, const std::string& stack);

/// What the files of a folder of an image are kept under: 64 hex digits.
[[nodiscard]] std::string site_name(const std::string& image_id, const std::string& folder);

/// "shop.example.com/api", ":3000".
[[nodiscard]] std::string served_name(const Route& route);
/// The same, and ":3000/api behind the tunnel": never equal for two that may stand side by side.
[[nodiscard]] std::string served_name(const EdgeRoute& route);

}  // namespace landfast
