// SPDX-License-Identifier: Apache-2.0
#include "plan/tunnel.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/stack_routes.h"
#include "plan/tunnel_text.h"

namespace landfast {
namespace {

Route host(const std::string& name, std::uint16_t port = 3000) {
  Route r;
  r.host = name;
  r.port = port;
  return r;
}

Service service(const std::string& name, std::vector<std::string> networks,
                std::vector<Route> routes = {}) {
  Service s;
  s.name = name;
  s.image = name + ":1";
  s.networks = std::move(networks);
  s.landfast.routes = std::move(routes);
  return s;
}

Project shop(std::vector<Service> services) {
  Project p;
  p.name = "shop";
  p.landfast.tunnel = Tunnel{TunnelKind::cloudflared, "tunnel", "", {"compose.yaml", 1, 2, ""}};
  for (const std::string key : {"inside", "outside"}) {
    Network n;
    n.key = key;
    n.name = "shop_" + key;
    p.networks.emplace(key, n);
  }
  for (auto& s : services) p.services.emplace(s.name, std::move(s));
  return p;
}

NetworkState network(const std::string& name, const std::string& subnet,
                     const std::string& gateway) {
  NetworkState n;
  n.name = name;
  boost::json::object config{{"Subnet", subnet}, {"Gateway", gateway}};
  n.raw["IPAM"] = boost::json::object{{"Config", boost::json::array{config}}};
  return n;
}

TEST_CASE(
    "behind a tunnel the stack's own edge answers to the service's name, and takes no ports") {
  const auto project =
      shop({service("app", {"inside", "outside"}, {host("shop.example"), host("www.shop.example")}),
            service("tunnel", {"outside"})});
  const auto tables = stack_routes(project, {});
  REQUIRE_MESSAGE(tables, tables.error().text);
  REQUIRE(tables->size() == 1);
  const auto& own = tables->at("shop-landfast-edge");
  REQUIRE(own.routes.size() == 1);  // any host is served: only one service has the port
  CHECK(own.routes[0].route.host.empty());
  CHECK(own.routes[0].tunnel->name == "shop.example, www.shop.example");
  CHECK(own.taken_names() ==
        std::map<std::string, std::vector<std::string>>{{"shop_outside", {"app"}}});
  CHECK(edge_ports(own).empty());
}

TEST_CASE("edge, acme or tls beside a tunnel serve the host on 80 and 443 too") {
  auto project =
      shop({service("app", {"outside"}, {host("shop.example")}), service("tunnel", {"outside"})});
  project.landfast.edge_is_said = true;
  const auto tables = stack_routes(project, {});
  REQUIRE(tables);
  CHECK(tables->contains(shared_edge));
  CHECK(tables->contains("shop-landfast-edge"));
}

TEST_CASE("two services on one port are told apart by host") {
  const auto project =
      shop({service("app", {"outside"}, {host("a.example")}),
            service("web", {"outside"}, {host("b.example")}), service("tunnel", {"outside"})});
  const auto tables = stack_routes(project, {});
  REQUIRE(tables);
  const auto& routes = tables->at("shop-landfast-edge").routes;
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].route.host == "a.example");
  CHECK(routes[1].route.host == "b.example");
}

TEST_CASE("a tunnel without a service runs on the host, and the edge leaves 80 and 443 alone") {
  auto project = shop({service("app", {"outside"}, {host("shop.tail.ts.net")})});
  project.landfast.tunnel->service.clear();
  project.landfast.tunnel->kind = TunnelKind::tailscale;
  const auto tables = stack_routes(project, {});
  REQUIRE(tables);
  const auto published = edge_ports(tables->at(shared_edge));
  REQUIRE(published.size() == 1);
  CHECK(published[0].host_ip == "127.0.0.1");
  CHECK(published[0].port == 8480);
  REQUIRE(tunnel_notes(project).size() == 1);
  CHECK(tunnel_notes(project)[0].ends_with("tailscale serve --bg http://127.0.0.1:8480"));
}

TEST_CASE("a tunnel that reaches no routed service is refused with its place") {
  const auto apart = stack_routes(
      shop({service("app", {"inside"}, {host("a.example")}), service("tunnel", {"outside"})}), {});
  REQUIRE_FALSE(apart);
  CHECK(apart.error().text ==
        "the route a.example of app: tunnel, which runs the tunnel, is in none of its networks");
  Route port;
  port.published = 3000;
  port.port = 3000;
  const auto by_port =
      stack_routes(shop({service("app", {"inside"}, {port}), service("tunnel", {"outside"})}), {});
  REQUIRE_FALSE(by_port);
  CHECK(by_port.error().text ==
        "the tunnel of tunnel shares no network with a service that has a route");
  CHECK(by_port.error().mark->line == 1);
}

TEST_CASE("what is published cannot lead elsewhere than the tunnel's port") {
  Route port;
  port.published = 3000;
  port.port = 80;
  const auto refused =
      stack_routes(shop({service("app", {"outside"}, {host("a.example")}),
                         service("web", {"inside"}, {port}), service("tunnel", {"outside"})}),
                   {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text ==
        "the route :3000 of web: behind the tunnel the edge listens on 3000 for app");
}

TEST_CASE("without the tunnel's service nothing is taken over") {
  auto project = shop({service("app", {"outside"}, {host("a.example")})});
  auto tunnel = service("tunnel", {"outside"});
  tunnel.landfast.when = "TOKEN";
  project.disabled.emplace("tunnel", tunnel);
  const auto tables = stack_routes(project, {});
  REQUIRE(tables);
  CHECK(tables->empty());
  CHECK_FALSE(is_behind_edge(project, project.services.at("app")));
  REQUIRE(tunnel_notes(project).size() == 1);
  CHECK(
      tunnel_notes(project)[0] ==
      "the tunnel tunnel is not part of this call (TOKEN has no value): nothing serves a.example");
}

TEST_CASE("who asks is believed from every address of the tunnel's network but its gateway") {
  const auto project =
      shop({service("app", {"outside"}, {host("a.example")}), service("tunnel", {"outside"})});
  const auto table = stack_routes(project, {})->at("shop-landfast-edge");
  const auto sources = [&](const NetworkState& n) {
    return with_tunnel_sources(table, {n}).routes[0].tunnel->sources;
  };
  CHECK(sources(network("shop_outside", "10.0.0.0/29", "10.0.0.1")) ==
        std::vector<std::string>{"10.0.0.4/30", "10.0.0.2/31", "10.0.0.0/32"});
  CHECK(sources(network("shop_outside", "fd00::/126", "fd00::1")) ==
        std::vector<std::string>{"fd00::2/127", "fd00::/128"});
  CHECK(sources(network("shop_outside", "10.0.0.0/29", "")) ==
        std::vector<std::string>{"10.0.0.0/29"});
  CHECK(sources(network("shop_outside", "none", "")).empty());
  CHECK(sources(network("shop_inside", "10.0.0.0/29", "10.0.0.1")).empty());
}

TEST_CASE("a container is made anew when its name goes to the edge, and when it comes back") {
  const auto project = shop(
      {service("app", {"inside", "outside"}, {host("a.example")}), service("tunnel", {"outside"})});
  const auto& app = project.services.at("app");
  const auto with = [](const std::string& inside, const std::string& outside) {
    Container c;
    c.networks["shop_inside"] = boost::json::object{{"Aliases", boost::json::array{inside}}};
    c.networks["shop_outside"] = boost::json::object{{"Aliases", boost::json::array{outside}}};
    c.networks[edge_network("shop")] = edge_endpoint(edge_alias(1, "app", 1));
    return c;
  };
  CHECK(names_that_move(project, app, with("app", "shop-app-1")).empty());
  CHECK(names_that_move(project, app, with("app", "app")) ==
        std::vector<std::string>{"the edge takes its name app in shop_outside over"});
  auto without = project;
  without.landfast.tunnel.reset();
  CHECK(names_that_move(without, app, with("app", "shop-app-1")) ==
        std::vector<std::string>{"it answers to app in shop_outside itself again"});
  CHECK(names_that_move(without, app, with("app", "app")).empty());
  auto never_behind = with("app", "shop-app-1");
  never_behind.networks.erase(edge_network("shop"));
  CHECK(names_that_move(without, app, never_behind).empty());
}

TEST_CASE("the edge answers behind the tunnel until the new containers do it themselves") {
  auto project =
      shop({service("app", {"outside"}, {host("a.example")}), service("tunnel", {"outside"})});
  Route port;
  port.published = 8080;
  port.port = 3000;
  project.services.at("app").landfast.routes.push_back(port);
  const auto before = stack_routes(project, {})->at("shop-landfast-edge");
  auto then = project;
  then.landfast.tunnel.reset();
  then.services.at("app").landfast.routes = {port};
  const auto after = stack_routes(then, {})->at("shop-landfast-edge");
  CHECK(after.taken_names().empty());
  CHECK(with_stale(before, "shop", after).taken_names() == before.taken_names());
  CHECK(with_stale(before, "shop", before).routes.size() == before.routes.size());
}

TEST_CASE("who shares the tunnel's network namespace is told why it is stopped first") {
  auto web = service("web", {});
  web.network_mode = "service:tunnel";
  auto project = shop({web, service("tunnel", {"outside"})});
  project.landfast.tunnel->kind = TunnelKind::tailscale;
  REQUIRE(tunnel_notes(project).size() == 1);
  CHECK(tunnel_notes(project)[0].starts_with(
      "web shares the network of tunnel: it is stopped first"));
}

}  // namespace
}  // namespace landfast
