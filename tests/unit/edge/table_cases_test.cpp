// SPDX-License-Identifier: Apache-2.0
#include "unit/edge/table_cases.h"

#include <algorithm>

namespace landfast::test {
namespace {

constexpr const char* own_edge = "shop-landfast-edge";
constexpr const char* bcrypt_hash = "$2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG";
constexpr const char* argon_hash =
    "$argon2id$v=19$m=47104,t=1,p=1$P2nzckEdTZ3bxCiBCkRTyA$xQL3Z32eo5jKl7u5tcIsnEKObYiyNZQQf5/"
    "4sAau6Pg";

template <class Change>
EdgeRoute changed(EdgeRoute r, Change change) {
  change(r);
  return r;
}

RouteTable with_replicas(RouteTable table, int replicas) {
  for (auto& t : table.targets) t.replicas = replicas;
  return table;
}

template <class Change>
RouteTable with_settings(RouteTable table, Change change) {
  change(table.settings["shop"]);
  return table;
}

EdgeRoute with_tls(EdgeRoute r, TlsKind kind) {
  r.tls.kind = kind;
  return r;
}

EdgeRoute behind_tunnel(const std::string& host = "", const std::string& service = "app",
                        TunnelKind kind = TunnelKind::cloudflared) {
  auto r = port_route(0, "/", service);
  r.route.host = host;
  r.route.port = 3000;
  r.tls.kind = TlsKind::off;
  r.tunnel = BehindTunnel{
      kind, "shop.example.com", {{"shop_tunnel", {service}}}, {"172.20.0.2/31", "172.20.0.4/30"}};
  return r;
}

void add_tunnels(std::vector<TableCase>& out) {
  const auto add = [&](const char* name, std::vector<EdgeRoute> routes) {
    out.push_back({name, table_with(own_edge, std::move(routes))});
  };
  add("tunnel", {behind_tunnel()});
  add("tunnel-by-host",
      {behind_tunnel("shop.example.com"), behind_tunnel("api.example.com", "api")});
  add("tunnel-and-port", {port_route(3000), behind_tunnel()});
  add("tunnel-tailscale", {behind_tunnel("", "app", TunnelKind::tailscale)});
  out.push_back({"tunnel-and-trusted-proxies",
                 with_settings(table_with(own_edge, {behind_tunnel()}),
                               [](auto& s) { s.trusted_proxies = {"10.1.2.3"}; })});
}

void add_ports(std::vector<TableCase>& out) {
  const auto add = [&](const char* name, std::vector<EdgeRoute> routes) {
    out.push_back({name, table_with(own_edge, std::move(routes))});
  };
  const auto port = [](auto change) { return changed(port_route(3000), change); };
  add("port", {port_route(3000)});
  add("two-ports", {port_route(3000), port_route(3001, "/", "web")});
  add("port-paths", {port_route(3000), port_route(3000, "/api", "api"),
                     port_route(3000, "/api/v2", "api2"), port_route(3000, "/files/", "files")});
  add("strip", {changed(port_route(3000, "/api"), [](auto& r) { r.route.strip = true; })});
  add("strip-of-everything", {port([](auto& r) { r.route.strip = true; })});
  add("body", {port([](auto& r) { r.route.body = std::int64_t{1} << 30; })});
  add("timeout", {port([](auto& r) { r.route.timeout = std::chrono::seconds(90); })});
  add("compress", {port([](auto& r) { r.route.compress = true; })});
  add("hold", {port([](auto& r) { r.hold = std::chrono::seconds(20); })});
  add("allow", {port([](auto& r) { r.route.allow = {"10.0.0.0/8", "::1"}; })});
  add("headers", {port([](auto& r) {
        r.route.headers = {{"X-Frame-Options", "DENY"}, {"Server", std::nullopt}};
      })});
  add("auth-bcrypt", {port([](auto& r) { r.route.auth = {{"anna", Secret(bcrypt_hash)}}; })});
  add("auth-argon2id", {port([](auto& r) { r.route.auth = {{"anna", Secret(argon_hash)}}; })});
  add("everything", {port([](auto& r) {
        r.route.path = "/app";
        r.route.strip = true;
        r.route.body = 1024;
        r.route.timeout = std::chrono::seconds(5);
        r.route.compress = false;
        r.route.allow = {"192.0.2.0/24"};
        r.route.headers = {{"X-Robots-Tag", "none"}};
        r.route.auth = {{"anna", Secret(bcrypt_hash)}, {"bert", Secret(bcrypt_hash)}};
      })});
  out.push_back({"replicas", with_replicas(table_with(own_edge, {port_route(3000)}), 3)});
  out.push_back(
      {"trusted-proxies", with_settings(table_with(own_edge, {port_route(3000)}), [](auto& s) {
         s.trusted_proxies = {"172.18.0.1", "2001:db8::/32"};
       })});
  out.push_back({"no-routes", table_with(own_edge, {})});
}

EdgeRoute site(bool spa) {
  auto r = host_route("www.example.com", "/", "web");
  r.route.static_dir = "/srv/app";
  r.route.spa = spa;
  return r;
}

void add_hosts(std::vector<TableCase>& out) {
  const auto add = [&](const char* name, std::vector<EdgeRoute> routes) {
    out.push_back({name, table_with(shared_edge, std::move(routes))});
  };
  add("host", {host_route("app.example.com")});
  add("host-local", {host_route("app.localhost")});
  add("host-plain", {with_tls(host_route("app.example.com"), TlsKind::off)});
  add("host-address", {host_route("192.0.2.7")});
  add("host-address-internal", {with_tls(host_route("192.0.2.7"), TlsKind::internal)});
  add("host-internal", {with_tls(host_route("app.example.com"), TlsKind::internal)});
  add("host-paths", {host_route("app.example.com"), host_route("app.example.com", "/api", "api"),
                     host_route("app.example.com", "/api/v2", "api2")});
  add("wildcard", {with_tls(host_route("*.example.com"), TlsKind::internal),
                   host_route("app.example.com", "/", "web")});
  add("static", {site(false)});
  add("static-spa", {site(true), host_route("www.example.com", "/api", "api")});
  auto given = host_route("app.example.com");
  given.tls = {TlsKind::files, "/etc/ssl/app/fullchain.pem", "/etc/ssl/app/privkey.pem"};
  add("host-given-files", {given});
  const auto with = [&](const char* name, auto change) {
    out.push_back(
        {name, with_settings(table_with(shared_edge, {host_route("app.example.com")}), change)});
  };
  with("behind", [](auto& s) { s.mode = EdgeMode::behind; });
  with("acme-staging", [](auto& s) { s.acme = {"anna@example.com", "", true}; });
  with("acme-directory", [](auto& s) {
    s.acme = {"", "https://ca.example.com/acme/directory", false};
  });
  auto two = table_with(shared_edge, {host_route("app.example.com")});
  auto blog = host_route("blog.example.com");
  blog.target = target_id("blog", "app", 3000);
  two.targets.push_back({blog.target, "blog", "app", 3000, 1});
  two.routes.push_back(blog);
  two.settings["blog"].acme.email = "bert@example.com";
  out.push_back({"two-stacks", two});
}

}  // namespace

EdgeRoute host_route(const std::string& host, const std::string& path, const std::string& service) {
  EdgeRoute r;
  r.target = service;  // table_with puts the id in its place
  r.route.host = host;
  r.route.path = path;
  r.route.port = 3000;
  return r;
}

EdgeRoute port_route(std::uint16_t published, const std::string& path, const std::string& service) {
  auto r = host_route("", path, service);
  r.route.published = published;
  return r;
}

RouteTable table_with(const std::string& edge, std::vector<EdgeRoute> routes) {
  RouteTable table;
  table.edge = edge;
  table.settings["shop"] = {};
  for (auto& r : routes) {
    const std::uint16_t port = r.route.static_dir.empty() ? 3000 : 0;
    const auto service = r.target;
    r.target = target_id("shop", service, port);
    if (table.target(r.target) == nullptr)
      table.targets.push_back({r.target, "shop", service, port, 1});
    table.routes.push_back(std::move(r));
  }
  return table;
}

std::vector<TableCase> table_cases() {
  std::vector<TableCase> out;
  add_ports(out);
  add_tunnels(out);
  add_hosts(out);
  return out;
}

}  // namespace landfast::test
