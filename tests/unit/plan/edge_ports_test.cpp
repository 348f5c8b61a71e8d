// SPDX-License-Identifier: Apache-2.0
// Ports that an edge needs and somebody else holds: found when the plan is made.
#include <doctest/doctest.h>

#include "plan/edge_plan.h"

namespace landfast {
namespace {

Project shop(const Route& route) {
  Service s;
  s.name = "web";
  s.image = "web:1";
  s.expose = {"8080"};
  s.networks = {"default"};
  s.landfast.routes = {route};
  Project p;
  p.name = "shop";
  p.services.emplace(s.name, s);
  return p;
}

Project by_host() {
  Route r;
  r.host = "shop.example.com";
  return shop(r);
}

Project by_port() {
  Route r;
  r.published = 3000;
  return shop(r);
}

PortHolder holding(std::uint16_t port, const std::string& holder, const std::string& ip = "") {
  PortHolder h;
  h.host_ip = ip;
  h.port = port;
  h.protocol = "tcp";
  h.holder = holder;
  return h;
}

Result<EdgePlan> planned(const Project& project, std::vector<PortHolder> holders) {
  World world;
  world.has_edge_image = true;
  world.ports = std::move(holders);
  return plan_edges(project, world, History(), Decisions(), {}, DeployOptions());
}

TEST_CASE("who holds 80 and 443 is named, with the way to share them") {
  const auto nginx = std::string("process nginx (pid 812)");
  const auto plan = planned(by_host(), {holding(80, nginx), holding(443, nginx)});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().code == Code::invalid);
  CHECK(plan.error().text ==
        "the edge landfast-edge cannot listen: ports 80 and 443 are held by process nginx (pid "
        "812)");
  CHECK(plan.error().hint.find("edge: behind") != std::string::npos);
  CHECK(plan.error().hint.find("landfast export nginx") != std::string::npos);
  const auto two = planned(by_host(), {holding(80, "the container traefik-1 of stack proxy"),
                                       holding(443, "a process that cannot be seen from here")});
  CHECK(two.error().text ==
        "the edge landfast-edge cannot listen: port 443 is held by a process that cannot be seen "
        "from here, port 80 is held by the container traefik-1 of stack proxy");
  CHECK(planned(by_host(), {holding(80, "the container traefik-1 of stack proxy")})
            .error()
            .hint.find("export traefik") != std::string::npos);
}

TEST_CASE("a stack behind another proxy needs neither 80 nor 443") {
  auto project = by_host();
  project.landfast.edge = EdgeMode::behind;
  CHECK(planned(project, {holding(80, "nginx"), holding(443, "nginx")}));
  const auto plan = planned(project, {holding(8480, "process x (pid 1)")});
  REQUIRE_FALSE(plan);
  CHECK(plan.error().hint.find("127.0.0.1:8480") != std::string::npos);
  CHECK(plan.error().hint.find("export") == std::string::npos);
}

TEST_CASE("the same port of another address is in nobody's way") {
  auto project = by_host();
  project.landfast.edge = EdgeMode::behind;
  CHECK(planned(project, {holding(8480, "process x (pid 1)", "192.0.2.7")}));
  CHECK_FALSE(planned(project, {holding(8480, "process x (pid 1)", "127.0.0.1")}));
  CHECK_FALSE(planned(by_port(), {holding(3000, "process x (pid 1)", "192.0.2.7")}));
  CHECK(planned(by_port(), {holding(3001, "process x (pid 1)")}));
}

}  // namespace
}  // namespace landfast
