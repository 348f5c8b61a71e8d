// SPDX-License-Identifier: Apache-2.0
#include "plan/stack_routes.h"

#include <doctest/doctest.h>

#include "model/driven_nginx.h"
#include "model/route_rules.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"

namespace landfast {
namespace {

Service service(const std::string& name, std::vector<Route> routes) {
  Service s;
  s.name = name;
  s.image = name + ":1";
  s.networks = {"default"};
  s.landfast.routes = std::move(routes);
  return s;
}

Route host(const std::string& name, const std::string& path = "/") {
  Route r;
  r.host = name;
  r.path = path;
  return r;
}

Route port(std::uint16_t number) {
  Route r;
  r.published = number;
  return r;
}

Project project_of(std::vector<Service> services) {
  Project p;
  p.name = "shop";
  for (auto& s : services) p.services.emplace(s.name, std::move(s));
  return p;
}

Image exposing(std::vector<std::string> ports) {
  Image image;
  boost::json::object listed;
  for (const auto& text : ports) listed[text] = boost::json::object();
  image.config["ExposedPorts"] = std::move(listed);
  return image;
}

TEST_CASE("routes by port are of the stack's own edge, those by host of the shared one") {
  auto app = service("app", {port(3000), host("shop.test", "/api")});
  app.ports.push_back({"127.0.0.1", "3000", 8080, "tcp"});
  app.replicas = 2;
  const auto tables = stack_routes(project_of({app}), {});
  REQUIRE(tables);
  REQUIRE(tables->size() == 2);
  const auto& own = tables->at("shop-landfast-edge");
  CHECK(own.targets.front().id == target_id("shop", "app", 8080));
  CHECK(own.targets.front().replicas == 2);
  CHECK(own.routes.front().host_ip == "127.0.0.1");
  CHECK(tables->at(shared_edge).routes.front().route.port == 8080);
  const auto published = edge_ports(own);
  REQUIRE(published.size() == 1);
  CHECK(published.front().port == 3000);
  CHECK(published.front().host_ip == "127.0.0.1");
}

TEST_CASE("the port of a route is the only one that is exposed") {
  const std::map<std::string, Image> one{{"app:1", exposing({"80/tcp", "53/udp"})}};
  const auto tables = stack_routes(project_of({service("app", {host("a.test")})}), one);
  REQUIRE(tables);
  CHECK(tables->at(shared_edge).targets.front().port == 80);
  const std::map<std::string, Image> two{{"app:1", exposing({"80/tcp", "81/tcp"})}};
  const auto refused = stack_routes(project_of({service("app", {host("a.test")})}), two);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text ==
        "the route a.test of app: which port the edge asks is not known: it exposes 80, 81");
  CHECK(refused.error().hint == "say it: route: { host: a.test, port: 80 }");
}

TEST_CASE("files of an image are a target without a port, one for each service") {
  auto files = host("a.test");
  files.static_dir = "/srv/app";
  auto two = port(3000);
  two.static_dir = "/srv/app";
  auto web = service("web", {files, two});
  web.replicas = 3;
  const auto tables = stack_routes(project_of({web}), {});
  REQUIRE(tables);
  for (const auto& [edge, table] : *tables) {
    CHECK(table.targets.front().id == target_id("shop", "web", 0));
    CHECK(table.targets.front().port == 0);
    CHECK(table.targets.front().replicas == 1);
  }
  auto other = host("a.test", "/docs");
  other.static_dir = "/srv/docs";
  const auto refused = stack_routes(project_of({service("web", {files, other})}), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text ==
        "the route a.test/docs of web: another route of it serves /srv/app");
  for (const auto* folder : {"srv/app", "/", "/srv/../etc", "/srv/./app", "/srv//app", "/srv/"}) {
    files.static_dir = folder;
    CHECK_FALSE(stack_routes(project_of({service("web", {files})}), {}));
  }
}

TEST_CASE("a site is named by its image and its folder") {
  CHECK(site_name("sha256:1", "/srv/app").size() == 64);
  CHECK(site_name("sha256:1", "/srv/app") != site_name("sha256:2", "/srv/app"));
  CHECK(site_name("sha256:1", "/srv/app") != site_name("sha256:1", "/srv/ap"));
}

TEST_CASE("what no edge can reach is refused, all at once") {
  auto app = service("app", {host("a.test")}), side = service("side", {host("b.test")});
  app.network_mode = "host";
  side.network_mode = "service:app";
  const auto refused = stack_routes(project_of({app, side}), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text ==
        "the route a.test of app: no edge can reach it: its network_mode is host");
  REQUIRE(refused.error().more.size() == 1);
  CHECK(refused.error().more.front().hint ==
        "route the service whose network it shares, with its port");
}

TEST_CASE("what the file has no more stays until the commit, unless its place is taken") {
  const std::map<std::string, Image> images{{"app:1", exposing({"80/tcp"})},
                                            {"web:1", exposing({"80/tcp"})}};
  const auto table = [&](std::vector<Service> services) {
    return stack_routes(project_of(std::move(services)), images).value().at(shared_edge);
  };
  const auto before = table({service("app", {host("a.test"), host("b.test")})});
  const auto after = table({service("web", {host("a.test")})});
  const auto during = with_stale(before, "shop", after);
  CHECK(during.targets.size() == 2);
  REQUIRE(during.routes.size() == 2);
  CHECK(during.routes[0].target == target_id("shop", "web", 80));
  CHECK(during.routes[1].route.host == "b.test");
  CHECK(revision_of(part_of(during, "shop")) == revision_of(during));
  CHECK(part_of(during, "blog").targets.empty());
}

TEST_CASE("the shared edge takes 80 and 443 only where a stack says so") {
  RouteTable table;
  table.edge = shared_edge;
  table.settings["shop"].mode = EdgeMode::behind;
  CHECK(edge_ports(table).size() == 1);
  table.settings["blog"].mode = EdgeMode::own;
  CHECK(edge_ports(table).size() == 4);
}

TEST_CASE("an edge's container is told by what it was made of, and by its networks") {
  RouteTable table;
  table.edge = "shop-landfast-edge";
  table.targets.push_back({target_id("shop", "app", 80), "shop", "app", 80, 1});
  EdgeRoute route;
  route.target = table.targets.front().id;
  route.route.published = 3000;
  table.routes.push_back(route);
  const auto body = edge_body(table, "/state/edge/shop-landfast-edge");
  Container c;
  for (const auto& [key, value] : body.at("Labels").as_object())
    c.labels[key] = std::string(value.as_string());
  CHECK_FALSE(is_as_made(c, table, "/state/edge/shop-landfast-edge", {}));
  c.networks["shop_landfast-edge"] = boost::json::object();
  CHECK(is_as_made(c, table, "/state/edge/shop-landfast-edge", {}));
  // Another image is no reason to make it anew.
  const auto other = edge_body(table, "/state/edge/shop-landfast-edge", "sha256:2");
  CHECK(other.at("Image") == "sha256:2");
  CHECK(other.at("Labels") == body.at("Labels"));
  table.routes.front().route.published = 3001;
  CHECK_FALSE(is_as_made(c, table, "/state/edge/shop-landfast-edge", {}));
  const auto& host = body.at("HostConfig").as_object();
  CHECK(host.at("ReadonlyRootfs") == true);
  CHECK(host.at("CapDrop") == boost::json::array{"ALL"});
  CHECK_FALSE(host.contains("Binds"));
}

TEST_CASE("an edge is in the networks of the proxies before it, and leaves those only") {
  RouteTable table;
  table.edge = shared_edge;
  table.settings["shop"].mode = EdgeMode::behind;
  table.settings["shop"].network = "front";
  table.settings["blog"].network = "front";
  CHECK(proxy_networks(table) == std::vector<std::string>{"front"});
  const auto body = edge_body(table, "/state/edge/landfast-edge");
  Container c;
  for (const auto& [key, value] : body.at("Labels").as_object())
    c.labels[key] = std::string(value.as_string());
  const std::vector<NetworkState> known{{"1", "front", "bridge", false, {}, {}}};
  const auto made = [&] { return is_as_made(c, table, "/state/edge/landfast-edge", known); };
  CHECK_FALSE(made());
  CHECK(is_as_made(c, table, "/state/edge/landfast-edge", {}));  // the proxy's stack is away
  c.networks["front"] = proxy_endpoint();
  c.networks["mine"] = boost::json::object{{"Aliases", boost::json::array{"0123456789ab"}}};
  CHECK(made());
  table.settings["shop"].network = table.settings["blog"].network = "";
  CHECK_FALSE(made());
  CHECK(former_proxy_networks(c, table) == std::vector<std::string>{"front"});
}

TEST_CASE("the network of a proxy is the shared edge's alone") {
  auto project = project_of({service("app", {host("a.test"), port(3000)})});
  project.landfast.edge = EdgeMode::behind;
  project.landfast.edge_behind = "front";
  const std::map<std::string, Image> images{{"app:1", exposing({"80/tcp"})}};
  const auto tables = stack_routes(project, images);
  REQUIRE(tables);
  CHECK(tables->at(shared_edge).settings.at("shop").network == "front");
  CHECK(tables->at("shop-landfast-edge").settings.at("shop").network.empty());
}

TEST_CASE("a driven nginx serves the routes by host, and must be named with its folder") {
  const std::map<std::string, Image> images{{"app:1", exposing({"80/tcp"})}};
  auto project = project_of({service("app", {host("a.test"), port(3000)})});
  project.landfast.edge = EdgeMode::nginx;
  const auto refused = stack_routes(project, images);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::invalid);
  CHECK(refused.error().path == "x-landfast.edge");
  CHECK(refused.error().hint.find("edge: {nginx: CONTAINER, folder: FOLDER}") != std::string::npos);
  CHECK(refused.error().hint.find("landfast export nginx") != std::string::npos);

  project.landfast.edge_nginx = {"proxy", "/srv/landfast.d"};
  const auto tables = stack_routes(project, images);
  REQUIRE(tables);
  const auto& nginx = tables->at("shop-landfast-nginx");
  CHECK(nginx.routes.size() == 1);
  CHECK(driven_nginx(nginx).container == "proxy");
  CHECK(driven_nginx(nginx).folder == "/srv/landfast.d");
  CHECK(proxy_networks(nginx).empty());
  CHECK(tables->at("shop-landfast-edge").settings.at("shop").network.empty());
  CHECK_FALSE(tables->contains(shared_edge));
  const auto read = route_table(to_json(nginx)).value();
  CHECK(driven_nginx(read).folder == "/srv/landfast.d");
  CHECK(revision_of(read) == revision_of(nginx));

  project.landfast.tunnel = Tunnel{};
  CHECK(stack_routes(project, images).error().text.find("tunnel") != std::string::npos);
  project.landfast.tunnel.reset();
  project.landfast.trusted_proxies = {"10.0.0.1"};
  CHECK(stack_routes(project, images).error().hint.find("set_real_ip_from") != std::string::npos);
}

TEST_CASE("what a driven nginx does not do is refused") {
  const auto text = [](auto change) {
    RouteTable table;
    table.edge = nginx_edge("shop");
    EdgeRoute r;
    r.route = host("a.test");
    change(r);
    table.routes.push_back(r);
    const auto status = check_nginx_routes(table);
    return status ? std::string() : status.error().text;
  };
  CHECK(text([](EdgeRoute& r) { r.route.body = 10; }).empty());
  CHECK(text([](EdgeRoute& r) { r.tls.kind = TlsKind::internal; }).find("TLS") !=
        std::string::npos);
  CHECK_FALSE(text([](EdgeRoute& r) { r.route.auth["a"] = Secret("$2y$10$x"); }).empty());
  CHECK_FALSE(text([](EdgeRoute& r) { r.route.compress = true; }).empty());
  CHECK_FALSE(text([](EdgeRoute& r) { r.route.path = "/a;b"; }).empty());
  CHECK_FALSE(text([](EdgeRoute& r) { r.route.host = "a.test; x"; }).empty());
  CHECK_FALSE(text([](EdgeRoute& r) { r.route.allow = {"all; allow 1.2.3.4"}; }).empty());
  CHECK_FALSE(text([](EdgeRoute& r) { r.route.headers["X-A"] = "$http_cookie"; }).empty());
}

TEST_CASE("a newer image of an edge is said to the stacks that it serves") {
  World world;
  EdgeState edge;
  edge.container.emplace();
  edge.container->image_id = "sha256:1";
  edge.facts.table.targets.push_back({target_id("shop", "app", 80), "shop", "app", 80, 1});
  world.edges["landfast-edge"] = edge;
  CHECK(edge_image_notes(world, "shop").empty());
  world.images[edge_image].id = "sha256:1";
  CHECK(edge_image_notes(world, "shop").empty());
  world.images[edge_image].id = "sha256:2";
  REQUIRE(edge_image_notes(world, "shop").size() == 1);
  CHECK(edge_image_notes(world, "shop").front().find("landfast edge upgrade") != std::string::npos);
  CHECK(edge_image_notes(world, "blog").empty());
}

}  // namespace
}  // namespace landfast
