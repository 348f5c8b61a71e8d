// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "edge/caddy_parts.h"
#include "model/route_rules.h"

namespace landfast::caddy {
namespace {

/// What all listeners of one table share.
struct Shared {
  const RouteTable& table;
  const CaddyLayout& layout;
  std::vector<std::string> trusted;
  /// The tunnel whose client asks here; other proxies may be trusted beside it.
  std::optional<TunnelKind> tunnel{};
  bool trusts_others = false;
};

using Routes = std::vector<const EdgeRoute*>;

std::vector<std::string> trusted_proxies(const RouteTable& table) {
  std::set<std::string> all;
  for (const auto& [stack, settings] : table.settings)
    all.insert(settings.trusted_proxies.begin(), settings.trusted_proxies.end());
  return {all.begin(), all.end()};
}

/// The most exact first: a name before a wildcard, a longer path before a shorter one.
auto exactness(const EdgeRoute& r) {
  const bool is_wildcard = r.route.host.starts_with("*.");
  return std::tuple(is_wildcard, -static_cast<int>(r.route.host.size()), r.route.host,
                    -static_cast<int>(r.route.path.size()), r.route.path);
}

template <class Wanted>
Routes routes_where(const RouteTable& table, Wanted wanted) {
  Routes out;
  for (const auto& r : table.routes)
    if (table.target(r.target) != nullptr && wanted(r)) out.push_back(&r);
  std::ranges::stable_sort(out, {}, [](const EdgeRoute* r) { return exactness(*r); });
  return out;
}

object matcher(const Route& r) {
  object match;
  if (!r.host.empty()) match["host"] = texts({r.host});
  if (r.path == "/") return match;
  const bool is_folder = r.path.ends_with('/');
  match["path"] = is_folder ? texts({r.path + "*"}) : texts({r.path, r.path + "/*"});
  return match;
}

/// What a stranger says of himself is not believed, and not passed on.
void clean_requests(const Shared& shared, array& into) {
  object request{{"set", object{{"X-Real-Ip", texts({"{http.vars.client_ip}"})}}},
                 {"delete", texts({"Forwarded"})}};
  into.emplace_back(passing({}, one(handler("headers", object{{"request", std::move(request)}}))));
  // What one tunnel says of a client, the client of the other may have written himself.
  if (shared.tunnel) {
    const bool is_cloudflared = *shared.tunnel == TunnelKind::cloudflared;
    object other{{"delete", texts({is_cloudflared ? "Tailscale-*" : "Cf-*"})}};
    into.emplace_back(passing({}, one(handler("headers", object{{"request", std::move(other)}}))));
  }
  object strange{{"delete", texts({"Tailscale-*", "Cf-*"})}};
  object match;
  if (!shared.trusted.empty()) match["vars"] = object{{"trusted_proxy", texts({"false"})}};
  auto clean = handler("headers", object{{"request", std::move(strange)}});
  into.emplace_back(passing(std::move(match), one(std::move(clean))));
}

array served(const Shared& shared, const Routes& routes) {
  array out;
  if (!routes.empty()) clean_requests(shared, out);
  for (const auto* r : routes)
    out.emplace_back(route(matcher(r->route),
                           route_handlers(*r, *shared.table.target(r->target), shared.layout)));
  return out;
}

object error_pages() {
  array cases;
  object held{{"vars", object{{"slot", texts({"hold"})}}}};
  cases.emplace_back(route(std::move(held), one(handler("invoke", object{{"name", closed_page}}))));
  object unreachable{{"vars", object{{"{http.error.status_code}", texts({"502"})}}}};
  cases.emplace_back(
      route(std::move(unreachable),
            one(page(502, "No answer", "The service behind this address does not answer.", true))));
  auto plain = handler("static_response", object{{"status_code", "{http.error.status_code}"}});
  cases.emplace_back(route({}, one(std::move(plain))));
  return object{{"routes", std::move(cases)}};
}

object named_pages() {
  auto closed = page(503, "Back in a moment",
                     "This service is being worked on. The page tries again by itself.", true);
  return object{{closed_page, passing({}, one(std::move(closed)))}};
}

object server(const Shared& shared, std::uint16_t port, array routes) {
  object out{{"listen", texts({fmt::format("{}:{}", shared.layout.bind, port)})},
             {"automatic_https", object{{"disable", true}}},
             {"read_header_timeout", "10s"},
             {"idle_timeout", "2m"},
             {"max_header_bytes", 65536},
             {"routes", std::move(routes)}};
  out["errors"] = error_pages();
  out["named_routes"] = named_pages();
  if (shared.trusted.empty()) return out;
  out["trusted_proxies"] = object{{"source", "static"}, {"ranges", texts(shared.trusted)}};
  out["trusted_proxies_strict"] = 1;
  // Another proxy may pass on what a stranger wrote there.
  const bool by_cloudflare = shared.tunnel == TunnelKind::cloudflared && !shared.trusts_others;
  out["client_ip_headers"] =
      by_cloudflare ? texts({"Cf-Connecting-Ip", "X-Forwarded-For"}) : texts({"X-Forwarded-For"});
  return out;
}

object dropped() { return route({}, one(handler("static_response", object{{"abort", true}}))); }

object nothing_here(int status) {
  return route({},
               one(page(status, "Nothing here", "No service is known by this address.", false)));
}

array redirects(const Shared& shared, const std::map<std::string, Tls>& hosts,
                const Routes& secured) {
  std::set<std::string> names;
  for (const auto* r : secured)
    if (hosts.contains(r->route.host)) names.insert(r->route.host);
  if (names.empty()) return {};
  const auto port = shared.layout.https == 443 ? "" : fmt::format(":{}", shared.layout.https);
  object headers{{"Location", texts({fmt::format(
                                  "https://{{http.request.host}}{}{{http.request.uri}}", port)})}};
  auto move =
      handler("static_response", object{{"status_code", 308}, {"headers", std::move(headers)}});
  return one(route(object{{"host", texts({names.begin(), names.end()})}}, one(std::move(move))));
}

object secure_server(const Shared& shared, const Routes& secured) {
  auto routes = served(shared, secured);
  routes.emplace_back(dropped());
  auto out = server(shared, shared.layout.https, std::move(routes));
  object policy;
  for (const auto* r : secured)
    if (is_address(r->route.host)) policy["default_sni"] = r->route.host;
  // Nobody names an address in the handshake, so there the name and the Host header may differ.
  out["strict_sni_host"] = !policy.contains("default_sni");
  out["tls_connection_policies"] = one(std::move(policy));
  return out;
}

void host_servers(const Shared& shared, object& into) {
  const auto& table = shared.table;
  const auto hosts = host_tls(table);
  const auto is_own = [&](const EdgeRoute& r) {
    return !r.route.host.empty() && edge_mode(table, r) == EdgeMode::own;
  };
  const auto is_plain = [&](const EdgeRoute& r) {
    return hosts.at(r.route.host).kind == TlsKind::off;
  };
  const auto all = routes_where(table, [](const EdgeRoute& r) { return !r.route.host.empty(); });
  auto behind = served(shared, all);
  behind.emplace_back(nothing_here(421));
  into["behind"] = server(shared, shared.layout.behind, std::move(behind));
  const auto plain =
      routes_where(table, [&](const EdgeRoute& r) { return is_own(r) && is_plain(r); });
  const auto secured =
      routes_where(table, [&](const EdgeRoute& r) { return is_own(r) && !is_plain(r); });
  if (plain.empty() && secured.empty()) return;
  auto open = served(shared, plain);
  for (auto& r : redirects(shared, hosts, secured)) open.emplace_back(std::move(r));
  open.emplace_back(dropped());
  into["http"] = server(shared, shared.layout.http, std::move(open));
  if (!secured.empty()) into["https"] = secure_server(shared, secured);
}

/// Where the edge's process listens for a route.
std::uint16_t listens_on(const EdgeRoute& r) {
  if (r.tunnel) return r.route.port;
  return r.route.host.empty() ? r.route.published : 0;
}

/// A port that is published too serves both alike; only the tunnel's own addresses are believed.
Shared with_tunnels(const Shared& shared, const Routes& here) {
  auto mine = shared;
  mine.trusts_others = !shared.trusted.empty();
  for (const auto* r : here) {
    if (!r->tunnel) continue;
    mine.tunnel = r->tunnel->kind;
    for (const auto& source : r->tunnel->sources)
      if (std::ranges::find(mine.trusted, source) == mine.trusted.end())
        mine.trusted.push_back(source);
  }
  return mine;
}

/// A request finds the route of the published port first where the tunnel's says the same.
Routes without_doubles(const Routes& all) {
  Routes kept;
  for (const auto* r : all) {
    const bool is_double = std::ranges::any_of(all, [&](const EdgeRoute* o) {
      return r->tunnel && !o->tunnel && o->target == r->target && o->route.path == r->route.path &&
             r->route.host.empty();
    });
    if (!is_double) kept.push_back(r);
  }
  return kept;
}

void port_servers(const Shared& shared, object& into) {
  std::set<std::uint16_t> ports;
  for (const auto& r : shared.table.routes)
    if (const auto port = listens_on(r); port != 0) ports.insert(port);
  for (const auto port : ports) {
    const auto here =
        routes_where(shared.table, [&](const EdgeRoute& r) { return listens_on(r) == port; });
    const auto mine = with_tunnels(shared, here);
    auto routes = served(mine, without_doubles(here));
    routes.emplace_back(nothing_here(404));
    into[fmt::format("port-{}", port)] = server(mine, port, std::move(routes));
  }
}

object answer(const std::string& path, const std::string& body) {
  auto said = handler("static_response", object{{"body", body}});
  return route(object{{"path", texts({path})}}, one(std::move(said)));
}

void target_probes(const Shared& shared, const EdgeTarget& target, array& into) {
  into.emplace_back(answer(fmt::format("/slot/{}", target.id),
                           file_placeholder(shared.layout, target.id, "slot")));
  const auto used = std::ranges::find(shared.table.routes, target.id, &EdgeRoute::target);
  if (used == shared.table.routes.end()) return;
  for (const auto slot : {SlotName::a, SlotName::b})
    for (int n = 1; n <= target.replicas; ++n) {
      const auto prefix = fmt::format("/via/{}/{}", target.id, address_file(slot, n));
      array steps;
      steps.emplace_back(handler("rewrite", object{{"strip_path_prefix", prefix}}));
      steps.emplace_back(slot_handler(*used, target, slot, n, shared.layout));
      into.emplace_back(route(object{{"path", texts({prefix + "/*"})}}, std::move(steps)));
    }
}

/// For us alone: what this process reads and serves, and each slot by itself.
object probe_server(const Shared& shared) {
  array routes;
  routes.emplace_back(answer("/rev", revision_of(shared.table)));
  routes.emplace_back(answer("/nonce", fmt::format("{{file.{}/nonce}}", shared.layout.slots)));
  routes.emplace_back(answer("/version", "{env.CADDY_VERSION}"));
  for (const auto& target : shared.table.targets) target_probes(shared, target, routes);
  routes.emplace_back(route({}, one(handler("static_response", object{{"status_code", 404}}))));
  return object{
      {"listen", texts({fmt::format("unix/{}/{}|0600", shared.layout.run, shared.layout.probe)})},
      {"automatic_https", object{{"disable", true}}},
      {"routes", std::move(routes)}};
}

}  // namespace

object servers(const RouteTable& table, const CaddyLayout& layout) {
  const Shared shared{table, layout, trusted_proxies(table)};
  object out{{"probe", probe_server(shared)}};
  if (table.edge == shared_edge)
    host_servers(shared, out);
  else
    port_servers(shared, out);
  return out;
}

}  // namespace landfast::caddy
