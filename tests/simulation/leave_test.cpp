// SPDX-License-Identifier: Apache-2.0
#include "plan/leave.h"

#include <doctest/doctest.h>

#include "compose/load.h"
#include "simulation/stage.h"
#include "unit/compose/map_files.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view yaml = R"(
services:
  migrate:
    image: app:1
    command: [migrate]
    configs: [settings]
  app:
    image: app:1
    restart: always
    configs: [settings]
    depends_on: {migrate: {condition: service_completed_successfully}}
  guest:
    image: app:1
    network_mode: service:app
  plain:
    image: app:1
    restart: always
configs: {settings: {file: ./settings.conf}}
)";

struct LeaveStage : Stage {
  LeaveStage() {
    FakeImage app;
    FakeImageBehaviour migrate;
    migrate.exits_after = milliseconds(50);
    app.by_command["migrate"] = migrate;
    engine.daemon.load("app:1", app);
  }
  static Project shop() {
    const test::MapFiles files({{"/srv/shop/compose.yaml", std::string(yaml)},
                                {"/srv/shop/settings.conf", "colour = blue\n"}});
    LoadRequest request;
    request.cwd = "/srv/shop";
    auto project = load(request, files);
    REQUIRE(project);
    REQUIRE(attach_content(*project, files));
    return std::move(*project);
  }
  std::string id(const std::string& name) { return engine.daemon.inspect(name)->id; }
  std::size_t copies(const std::string& name) {
    return mounted_copies(*engine.daemon.inspect(name), "shop").size();
  }
};

DeployOptions leaving() {
  DeployOptions options;
  options.leave = true;
  return options;
}

TEST_CASE("leaving recreates what mounts our copies and what shares with it, nothing else") {
  LeaveStage stage;
  const auto project = LeaveStage::shop();
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  CHECK(stage.copies("shop-app-1") == 1);
  const auto app = stage.id("shop-app-1"), guest = stage.id("shop-guest-1"),
             plain = stage.id("shop-plain-1"), migrate = stage.id("shop-migrate-1");
  const auto runs = stage.engine.daemon.runs().size();
  auto before = stage.containers();
  REQUIRE(stage.deploy(project, leaving()).state == DeploymentState::committed);
  CHECK(stage.containers() == before.replace(before.find("exited"), 6, "created"));
  CHECK(stage.id("shop-app-1") != app);
  CHECK(stage.id("shop-guest-1") != guest);
  CHECK(stage.id("shop-plain-1") == plain);
  CHECK(stage.copies("shop-app-1") == 0);
  CHECK(stage.id("shop-migrate-1") != migrate);
  CHECK(stage.copies("shop-migrate-1") == 0);
  CHECK(stage.engine.daemon.runs().size() == runs + 2);  // app and guest: no migration again
}

TEST_CASE("leaving twice changes nothing the second time") {
  LeaveStage stage;
  const auto project = LeaveStage::shop();
  stage.deploy(project);
  stage.deploy(project, leaving());
  CHECK(stage.plan(project, leaving()).empty());
}

TEST_CASE("a leaving that fails is undone") {
  LeaveStage stage;
  const auto project = LeaveStage::shop();
  stage.deploy(project);
  const auto app = stage.id("shop-app-1"), guest = stage.id("shop-guest-1");
  stage.engine.faults = fault_at("start_container", 2, Fault::Kind::fail_before);  // the guest's
  const auto report = stage.deploy(project, leaving());
  CHECK(report.state == DeploymentState::undone);
  CHECK(stage.id("shop-app-1") == app);
  CHECK(stage.id("shop-guest-1") == guest);
  CHECK(stage.copies("shop-app-1") == 1);
}

TEST_CASE("leaving says what differs from the file and leaves it alone") {
  LeaveStage stage;
  auto project = LeaveStage::shop();
  stage.deploy(project);
  stage.engine.daemon.load("app:1", FakeImage{});
  const auto plan = stage.plan(project, leaving());
  bool told = false;
  for (const auto& note : plan.notes)
    told = told || note.starts_with("shop-plain-1 is not what its file says");
  CHECK(told);
  for (const auto& step : plan.steps) CHECK(step.service != "plain");
}

}  // namespace
}  // namespace landfast
