// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "plan/plan.h"
#include "run/run.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* photos = R"(
services:
  web:
    image: web:{}
    restart: always
    x-landfast: {{route: photos.test}}
x-landfast: {{edge: {{behind: front}}}}
)";

/// A machine on which somebody's proxy runs in the network `front`, and another stack is served.
struct Street : Stage {
  Street() {
    FakeImageBehaviour web;
    web.ready_after = milliseconds(80);
    for (const auto* tag : {"web:1", "web:2"}) image(tag, web, {"80/tcp"});
    FakeImageBehaviour broken;
    broken.start_error = "exec: no such file";
    image("web:9", broken, {"80/tcp"});
    know_stores = [](World& world) { world.stores.clear(); };
    make_front();
  }
  void make_front() {
    REQUIRE(engine.daemon.create_network({{"Name", "front"}, {"Driver", "bridge"}}));
  }
  void serve_blog() {
    const auto blog = project(
        "services:\n  web: {image: \"web:1\", x-landfast: {route: blog.test}}\n"
        "x-landfast: {edge: behind}\n",
        "blog");
    REQUIRE(deploy(blog).state == DeploymentState::committed);
  }
  static Project release(int version) {
    return project(fmt::format(fmt::runtime(photos), version));
  }
  /// Whether the edge is in the proxy's network, by the name that the proxy asks for.
  [[nodiscard]] bool has_joined() const {
    const auto* c = engine.daemon.find(shared_edge);
    if (c == nullptr || !c->endpoints.contains("front")) return false;
    const auto& aliases = c->endpoints.at("front").aliases;
    CHECK(std::ranges::find(aliases, shared_edge) != aliases.end());
    return true;
  }
  void down() {
    const auto now = world();
    const auto plan = plan_down(nullptr, now, VerbOptions{});
    REQUIRE(plan);
    const auto report = clock.run(run_verb(ports, nullptr, now, *plan, [](const Event&) {}));
    REQUIRE_FALSE(report.error);
  }
  void leave() {
    DeployOptions options;
    options.leave = true;
    REQUIRE(deploy(release(1), options).state == DeploymentState::committed);
  }
};

void joins_and_goes(bool beside_another, bool leaves) {
  CAPTURE(beside_another);
  CAPTURE(leaves);
  Street street;
  if (beside_another) street.serve_blog();
  REQUIRE(street.deploy(Street::release(1)).state == DeploymentState::committed);
  CHECK(street.has_joined());
  CHECK(street.plan(Street::release(1)).empty());
  const auto made = street.engine.daemon.find(shared_edge)->id;
  REQUIRE(street.deploy(Street::release(2)).state == DeploymentState::committed);
  CHECK(street.engine.daemon.find(shared_edge)->id == made);
  if (leaves)
    street.leave();
  else
    street.down();
  CHECK_FALSE(street.has_joined());
  CHECK((street.engine.daemon.find(shared_edge) != nullptr) == beside_another);
  CHECK(street.engine.daemon.has_network("front"));
}

TEST_CASE("the edge joins the network of a proxy once, and leaves with the stack that named it") {
  for (const bool beside_another : {false, true})
    for (const bool leaves : {false, true}) joins_and_goes(beside_another, leaves);
}

TEST_CASE("a plan that joins says so, and one without the network is refused") {
  Street street;
  street.serve_blog();
  const auto text = plan_text(street.plan(Street::release(1)));
  CHECK_MESSAGE(text.find("your proxy is in the network front") != std::string::npos, text);
  REQUIRE(street.engine.daemon.remove_network("front"));
  try {
    static_cast<void>(street.plan(Street::release(1)));
    FAIL("it was planned");
  } catch (const std::exception& e) {
    CHECK(std::string(e.what()).find("the network front, where your proxy is, does not exist") !=
          std::string::npos);
  }
}

TEST_CASE("an undone deploy takes the edge out of the proxy's network again") {
  Street street;
  street.serve_blog();
  CHECK(street.deploy(Street::release(9)).state == DeploymentState::undone);
  CHECK_FALSE(street.has_joined());
}

TEST_CASE("another stack is deployed as before while the proxy's network is away") {
  Street street;
  street.serve_blog();
  REQUIRE(street.deploy(Street::release(1)).state == DeploymentState::committed);
  REQUIRE(street.engine.daemon.disconnect("front", shared_edge, false));
  REQUIRE(street.engine.daemon.remove_network("front"));
  const auto blog = Stage::project(
      "services:\n  web: {image: \"web:1\", x-landfast: {route: blog.test}}\n"
      "x-landfast: {edge: behind}\n",
      "blog");
  CHECK(street.plan(blog).empty());
  street.make_front();
  REQUIRE(street.deploy(Street::release(1)).state == DeploymentState::committed);
  CHECK(street.has_joined());
}

TEST_CASE("an edge whose network was removed while it stood still is made again") {
  Street street;
  REQUIRE(street.deploy(Street::release(1)).state == DeploymentState::committed);
  REQUIRE(street.clock.run(street.engine.daemon.stop(shared_edge, seconds(1))));
  REQUIRE(street.engine.daemon.remove_network("front"));
  street.make_front();
  REQUIRE(street.deploy(Street::release(1)).state == DeploymentState::committed);
  CHECK(street.has_joined());
}

/// Whatever a killed deployer had done: an undone one is out of the network, a committed one in it.
TEST_CASE("a deployer that is killed anywhere leaves the edge where its release says") {
  for (int moves = 1; moves < 2000; moves += 7) {
    CAPTURE(moves);
    Street street;
    street.serve_blog();
    const auto next = Street::release(1);
    auto group = street.begin_deploy(next);
    const bool ended = street.go_on(*group, moves);
    street.kill(std::move(group));
    street.clock.advance(milliseconds(100));
    street.recover();
    const auto history = street.clock.run(street.journal.history("shop")).value();
    CHECK_FALSE(history.unfinished);
    CHECK(street.has_joined() == history.current.has_value());
    REQUIRE(street.deploy(Street::release(1)).state == DeploymentState::committed);
    CHECK(street.has_joined());
    CHECK(street.plan(Street::release(1)).empty());
    if (ended) return;
  }
}

}  // namespace
}  // namespace landfast
