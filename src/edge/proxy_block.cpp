// SPDX-License-Identifier: Apache-2.0
#include "edge/proxy_block.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfast {
namespace {

constexpr const char* edge_address = "127.0.0.1:8480";

// The variable is ours alone: a configuration may have its own $connection_upgrade.
constexpr const char* nginx_form = R"(# In the http block, once:
map $http_upgrade $landfast_connection {{
    default upgrade;
    ''      '';
}}

server {{
    listen 80;
    # listen 443 ssl; ssl_certificate …; ssl_certificate_key …;  as your other servers have them
    server_name {1};
    client_max_body_size 0;
    location / {{
        proxy_pass http://{0};
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Forwarded "";
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $landfast_connection;
        proxy_request_buffering off;
        proxy_buffering off;
        proxy_read_timeout 1h;
        proxy_send_timeout 1h;
    }}
}}
)";

constexpr const char* traefik_form = R"(# A file of Traefik's file provider:
http:
  routers:
    landfast-{2}:
      rule: "{1}"
      service: landfast-{2}
      # entryPoints and tls: as your other routers have them
  services:
    landfast-{2}:
      loadBalancer:
        passHostHeader: true
        servers:
          - url: "http://{0}"
)";

std::string traefik_rule(const std::vector<std::string>& hosts) {
  std::vector<std::string> rules;
  for (const auto& host : hosts) {
    if (!host.starts_with("*.")) {
      rules.push_back(fmt::format("Host(`{}`)", host));
      continue;
    }
    std::string pattern;
    for (const char c : host.substr(1)) pattern += c == '.' ? "\\\\." : std::string(1, c);
    rules.push_back(fmt::format("HostRegexp(`^[^.]+{}$`)", pattern));
  }
  return join(rules, " || ");
}

}  // namespace

std::optional<ProxyKind> proxy_kind(std::string_view name) {
  if (name == "nginx") return ProxyKind::nginx;
  if (name == "caddy") return ProxyKind::caddy;
  if (name == "traefik") return ProxyKind::traefik;
  return {};
}

std::string proxy_block(ProxyKind kind, const std::string& name,
                        const std::vector<std::string>& hosts) {
  switch (kind) {
  case ProxyKind::nginx:
    return fmt::format(nginx_form, edge_address, join(hosts, " "));
  case ProxyKind::caddy:
    return fmt::format("{} {{\n\treverse_proxy {}\n}}\n", join(hosts, ", "), edge_address);
  case ProxyKind::traefik:
    return fmt::format(traefik_form, edge_address, traefik_rule(hosts), name);
  }
  return {};
}

}  // namespace landfast
