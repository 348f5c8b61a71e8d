// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

enum class ProxyKind : std::uint8_t { nginx, caddy, traefik };
[[nodiscard]] std::optional<ProxyKind> proxy_kind(std::string_view name);

/// What a block says.
struct ProxyBlock {
  std::string stack;
  std::vector<std::string> hosts;
  std::string network;           ///< that the proxy, a container, shares with the edge; "": none
  std::string certificate, key;  ///< paths as nginx sees them; "": plain HTTP, TLS as a comment
};

/// Where a proxy finds the edge: 127.0.0.1:8480, or by its name in the network of the proxy.
[[nodiscard]] std::string edge_address(const ProxyBlock& block);

/// What a proxy that keeps ports 80 and 443 needs to lead these hosts to our edge, once: no later
/// deploy changes it. Streams both ways, and says who the client is.
[[nodiscard]] std::string proxy_block(ProxyKind kind, const ProxyBlock& block);

/// Whether nginx takes a path as it is written: absolute, without what its files give a meaning.
[[nodiscard]] bool is_plain_path(std::string_view path);

}  // namespace landfast
