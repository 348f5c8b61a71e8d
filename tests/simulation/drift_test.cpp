// SPDX-License-Identifier: Apache-2.0
#include "plan/drift.h"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

constexpr std::string_view yaml = R"(
services:
  app:
    image: app:1
    restart: always
    networks: [front]
  db:
    image: app:1
    restart: always
    volumes: [data:/data]
    networks: [front]
networks: {front: }
volumes: {data: }
)";

struct DriftStage : Stage {
  Project project = Stage::project(yaml);
  DriftStage() {
    image("app:1");
    REQUIRE(deploy(project).state == DeploymentState::committed);
  }
  std::string id(const std::string& name) { return engine.daemon.inspect(name)->id; }
  std::string drift() { return join(drift_of(plan(project)), "\n"); }

  /// Somebody does something; status names it, a deploy repairs it and then there is nothing left.
  void repaired(const std::function<void()>& act, const std::string& told) {
    const auto before = containers();
    act();
    CHECK(drift() == told);
    CHECK(deploy(project).state == DeploymentState::committed);
    CHECK(containers() == before);
    CHECK(drift().empty());
    CHECK(plan(project).empty());
  }
};

TEST_CASE("what others stop, remove or change is named and repaired") {
  DriftStage stage;
  CHECK(stage.drift().empty());
  auto& engine = stage.engine;
  auto& clock = stage.clock;
  stage.repaired(
      [&] { REQUIRE(clock.run(engine.stop_container(stage.id("shop-app-1"), std::nullopt))); },
      "app: shop-app-1: it has stopped (exit code 0)");
  stage.repaired(
      [&] { REQUIRE(clock.run(engine.remove_container(stage.id("shop-app-1"), true, false))); },
      "app: its container was removed");
  stage.repaired(
      [&] {
        REQUIRE(
            clock.run(engine.set_restart_policy(stage.id("shop-db-1"), RestartPolicy{"no", 0})));
      },
      "db: shop-db-1: restart: no → always");
  stage.repaired(
      [&] { REQUIRE(clock.run(engine.rename_container(stage.id("shop-app-1"), "mine"))); },
      "app: mine: container_name: mine → shop-app-1");
}

TEST_CASE("a change of the file is no drift") {
  DriftStage stage;
  std::string text(yaml);
  text.replace(text.find("restart: always"), 15, "restart: on-failure");
  const auto plan = stage.plan(Stage::project(text));
  CHECK_FALSE(plan.empty());
  CHECK(drift_of(plan).empty());
}

TEST_CASE("a container of somebody else in our network or volume is named, as is an updater") {
  DriftStage stage;
  stage.image("containrrr/watchtower:1.7");
  boost::json::object body;
  body["Image"] = "app:1";
  body["HostConfig"] = boost::json::object{{"NetworkMode", "shop_front"},
                                           {"Binds", boost::json::array{"shop_data:/x:rw"}}};
  const auto id = stage.clock.run(stage.engine.create_container("stranger", body, ""));
  REQUIRE(id);
  REQUIRE(stage.clock.run(stage.engine.start_container(*id)));
  boost::json::object updater;
  updater["Image"] = "containrrr/watchtower:1.7";
  const auto other = stage.clock.run(stage.engine.create_container("wt", updater, ""));
  REQUIRE(stage.clock.run(stage.engine.start_container(*other)));
  const auto notes = neighbour_notes(stage.world());
  REQUIRE(notes.size() == 2);
  CHECK(notes[0] == "stranger (of no stack) uses the network shop_front, the volume shop_data");
  CHECK(notes[1].starts_with("wt (containrrr/watchtower:1.7) replaces containers by itself"));
  CHECK(stage.world().foreign_volume_users.at("shop_data") == std::vector<std::string>{"stranger"});
}

}  // namespace
}  // namespace landfast
