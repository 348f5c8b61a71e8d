// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "base/result.h"
#include "model/route_table.h"

namespace landfast {

/// The file of one stack that a nginx of the user includes in its http block.
struct NginxConfig {
  std::string text;
  std::string generation;  ///< 16 hex digits, other ones for another text; nginx answers with it
};

/// What nginx serves of a table while its slots say this: a pure function. Names of containers are
/// asked from the engine's name server for each request, so that nginx starts also while none of
/// them runs. `hold` and `down` answer 503. `invalid` for what check_routes and check_nginx_routes
/// refuse.
[[nodiscard]] Result<NginxConfig> nginx_config(const RouteTable& table,
                                               const std::map<std::string, SlotState>& slots);

/// The name by which nginx is asked for its generation, at nginx_generation_path.
[[nodiscard]] std::string nginx_asked_as(const std::string& edge);
inline constexpr const char* nginx_generation_path = "/generation";

/// "landfast-<stack>.conf"
[[nodiscard]] std::string nginx_file(const std::string& edge);

}  // namespace landfast
