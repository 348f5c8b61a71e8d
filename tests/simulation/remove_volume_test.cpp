// SPDX-License-Identifier: Apache-2.0
#include "run/remove_volume.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "plan/claim.h"
#include "plan/names.h"
#include "run/claim.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

bool has_volume(const Stage& stage, const std::string& name) {
  const auto volumes = stage.engine.daemon.volumes();
  return std::any_of(volumes.begin(), volumes.end(), [&](const auto& v) { return v.name == name; });
}

TEST_CASE("a volume that is removed leaves the keep container, which holds the others on") {
  Stage stage;
  stage.image("app:1");
  const auto project = Stage::project("services:\n  app:\n    image: \"app:1\"\n");
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  for (const auto* name : {"aside-1", "aside-2"})
    REQUIRE(stage.engine.daemon.create_volume({{"Name", name}}));
  const auto image = stage.engine.daemon.image("app:1").value().id;
  REQUIRE(stage.clock.run(keep(stage.ports, "shop", {image}, {"aside-1", "aside-2"})));
  REQUIRE(stage.clock.run(remove_volume_for_good(stage.ports, "shop", "aside-1")));
  CHECK_FALSE(has_volume(stage, "aside-1"));
  CHECK(has_volume(stage, "aside-2"));
  const auto there = stage.engine.daemon.inspect(keep_name("shop")).value();
  CHECK(kept_volumes(there, "shop") == std::vector<std::string>{"aside-2"});
  CHECK(there.status == ContainerStatus::created);
  CHECK(has_volume(stage, claim_name("shop")));
}

/// A stack of one service, deployed.
struct OneApp : Stage {
  OneApp() {
    image("app:1");
    REQUIRE(deploy(project("services:\n  app:\n    image: \"app:1\"\n")).state ==
            DeploymentState::committed);
  }
};

/// The containers that hold what a stack keeps.
std::vector<std::string> keeps(const Stage& stage) {
  std::vector<std::string> names;
  for (const auto* c : stage.engine.daemon.all())
    if (c->label(label::role) == "keep") names.push_back(c->name);
  return names;
}

TEST_CASE("two keep containers, as a kill may leave them, are replaced by a third") {
  OneApp stage;
  REQUIRE(stage.engine.daemon.create_volume({{"Name", "aside-1"}}));
  const auto image = stage.engine.daemon.image("app:1").value();
  const auto first = stage.engine.daemon.inspect(keep_name("shop")).value().id;
  const auto second = stage.clock.run(stage.engine.create_container(
      keep_name("shop") + "-2", keep_body("shop", image, {"aside-1"}), ""));
  REQUIRE(second);
  REQUIRE(stage.clock.run(keep(stage.ports, "shop", {image.id}, {"aside-1"})));
  CHECK(keeps(stage) == std::vector<std::string>{keep_name("shop")});
  const auto there = stage.engine.daemon.inspect(keep_name("shop")).value();
  CHECK(there.id != first);
  CHECK(there.id != *second);
  CHECK(kept_volumes(there, "shop") == std::vector<std::string>{"aside-1"});
  REQUIRE(stage.clock.run(keep(stage.ports, "shop", {image.id}, {"aside-1"})));
  CHECK(stage.engine.daemon.inspect(keep_name("shop")).value().id == there.id);
}

TEST_CASE("a keep container that a kill left under its second name gets its own") {
  OneApp stage;
  const auto image = stage.engine.daemon.image("app:1").value().id;
  const auto id = stage.engine.daemon.inspect(keep_name("shop")).value().id;
  REQUIRE(stage.clock.run(stage.engine.rename_container(id, keep_name("shop") + "-2")));
  REQUIRE(stage.clock.run(keep(stage.ports, "shop", {image}, {})));
  CHECK(stage.engine.daemon.inspect(keep_name("shop")).value().id == id);
  CHECK(keeps(stage).size() == 1);
}

TEST_CASE("a keep container is made of an image that is still there") {
  OneApp stage;
  REQUIRE(stage.engine.daemon.create_volume({{"Name", "aside-1"}}));
  const auto image = stage.engine.daemon.image("app:1").value().id;
  REQUIRE(stage.clock.run(keep(stage.ports, "shop", {"sha256:gone", image}, {"aside-1"})));
  CHECK(kept_volumes(stage.engine.daemon.inspect(keep_name("shop")).value(), "shop") ==
        std::vector<std::string>{"aside-1"});
  CHECK_FALSE(stage.clock.run(keep(stage.ports, "shop", {"sha256:gone"}, {})));
}

TEST_CASE("a volume in use stays") {
  Stage stage;
  stage.image("app:1");
  const auto project = Stage::project(
      "services:\n  app:\n    image: \"app:1\"\n    volumes: [\"data:/data\"]\n"
      "volumes: {data: {}}\n");
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  CHECK_FALSE(stage.clock.run(remove_volume_for_good(stage.ports, "shop", "shop_data")));
  CHECK(has_volume(stage, "shop_data"));
}

}  // namespace
}  // namespace landfast
