// SPDX-License-Identifier: Apache-2.0
#include "edge/proxy_block.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/route_table.h"

namespace landfast {
namespace {

// The variable is ours alone: a configuration may have its own $connection_upgrade.
constexpr const char* nginx_map = R"(# In the http block, once:
map $http_upgrade $landfast_connection {
    default upgrade;
    ''      '';
}

)";

constexpr const char* nginx_plain = R"(server {{
    listen 80;
    # listen 443 ssl; ssl_certificate …; ssl_certificate_key …;  as your other servers have them
    server_name {};
)";

constexpr const char* nginx_tls = R"(server {{
    listen 80;
    server_name {0};
    return 308 https://$host$request_uri;
}}

server {{
    listen 443 ssl;
    ssl_certificate {1};
    ssl_certificate_key {2};
    server_name {0};
)";

constexpr const char* nginx_location = R"(    client_max_body_size 0;
    location / {{
{}        proxy_http_version 1.1;
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

// With a variable nginx asks the engine's name server again: the edge may get another address, and
// nginx starts also while the edge does not run.
constexpr const char* nginx_by_name = R"(        resolver 127.0.0.11 valid=5s;
        set $landfast_edge {};
        proxy_pass http://$landfast_edge;
)";

std::string nginx_block(const ProxyBlock& block) {
  const auto names = join(block.hosts, " ");
  const auto address = edge_address(block);
  std::string out = nginx_map;
  out += block.certificate.empty() ? fmt::format(nginx_plain, names)
                                   : fmt::format(nginx_tls, names, block.certificate, block.key);
  const auto pass = block.network.empty() ? fmt::format("        proxy_pass http://{};\n", address)
                                          : fmt::format(nginx_by_name, address);
  return out + fmt::format(nginx_location, pass);
}

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

std::string edge_address(const ProxyBlock& block) {
  return fmt::format("{}:{}", block.network.empty() ? "127.0.0.1" : shared_edge, behind_port);
}

std::string proxy_block(ProxyKind kind, const ProxyBlock& block) {
  const auto address = edge_address(block);
  switch (kind) {
  case ProxyKind::nginx:
    return nginx_block(block);
  case ProxyKind::caddy:
    return fmt::format("{} {{\n\treverse_proxy {}\n}}\n", join(block.hosts, ", "), address);
  case ProxyKind::traefik:
    return fmt::format(traefik_form, address, traefik_rule(block.hosts), block.stack);
  }
  return {};
}

bool is_plain_path(std::string_view path) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+@:=-";
  return path.starts_with('/') && path.find_first_not_of(plain) == std::string_view::npos;
}

}  // namespace landfast
