// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

enum class ProxyKind : std::uint8_t { nginx, caddy, traefik };
[[nodiscard]] std::optional<ProxyKind> proxy_kind(std::string_view name);

/// What a proxy that keeps ports 80 and 443 needs to lead these hosts to our edge, once: no later
/// deploy changes it. Streams both ways, and says who the client is. `name`: of the stack.
[[nodiscard]] std::string proxy_block(ProxyKind kind, const std::string& name,
                                      const std::vector<std::string>& hosts);

}  // namespace landfast
