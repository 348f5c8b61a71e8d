// SPDX-License-Identifier: Apache-2.0
#include "run/remove_volume.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "plan/claim.h"
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
