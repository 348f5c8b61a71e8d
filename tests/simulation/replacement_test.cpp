// SPDX-License-Identifier: Apache-2.0
#include "plan/replacement.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// app:1 and app:2 listen after 100 ms; app:9 ends at once.
struct AppStage : Stage {
  AppStage() {
    FakeImageBehaviour app;
    app.ready_after = milliseconds(100);
    for (const auto* tag : {"app:1", "app:2"}) image(tag, app, {"8080/tcp"});
    FakeImageBehaviour broken;
    broken.ready_after = seconds(5);
    broken.exits_after = milliseconds(20);
    broken.exit_code = 3;
    image("app:9", broken, {"8080/tcp"});
  }
  [[nodiscard]] std::ptrdiff_t at(const std::string& line) const {
    const auto it = std::find(told.begin(), told.end(), line);
    INFO(line);
    CHECK(it != told.end());
    return it - told.begin();
  }
  std::string id(const std::string& name) { return engine.daemon.inspect(name)->id; }
};

std::string with(std::string_view yaml, const std::string& from, const std::string& to) {
  std::string text(yaml);
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

constexpr std::string_view overlapping = R"(
services:
  app:
    image: app:1
    restart: always
    mem_limit: 256m
    x-landfast: {overlap: true}
)";

TEST_CASE("with overlap the new one is ready before the old one stops, and none restarts twice") {
  AppStage stage;
  stage.deploy(Stage::project(overlapping));
  stage.told.clear();
  const auto project = Stage::project(with(overlapping, "app:1", "app:2"));
  const auto plan = stage.plan(project);
  REQUIRE(plan.services.size() == 1);
  CHECK_FALSE(plan.services[0].gap);
  CHECK(stage.deploy(project).state == DeploymentState::committed);
  CHECK(stage.at("step_done app/1:ready") < stage.at("step_started app/1:retire"));
  CHECK(stage.at("step_done app/1:retire") < stage.at("step_started app/1:promote"));
  CHECK(stage.containers() == "shop-app-1 running app:2 always\n");
}

TEST_CASE("a new one that fails beside the old never stops the old one") {
  AppStage stage;
  stage.deploy(Stage::project(overlapping));
  const auto app = stage.id("shop-app-1");
  stage.engine.calls.clear();
  const auto report = stage.deploy(Stage::project(with(overlapping, "app:1", "app:9")));
  CHECK(report.state == DeploymentState::undone);
  CHECK(stage.engine.calls.count("stop_container") == 0);
  CHECK(stage.id("shop-app-1") == app);
  CHECK(stage.containers() == "shop-app-1 running app:1 always\n");
}

TEST_CASE("too little free memory for both: the old one is stopped first, and the plan says so") {
  AppStage stage;
  stage.deploy(Stage::project(overlapping));
  stage.host.memory = std::uint64_t{100} << 20;
  const auto plan = stage.plan(Stage::project(with(overlapping, "app:1", "app:2")));
  REQUIRE(plan.services[0].gap);
  CHECK(plan.services[0].gap->find("too little free memory for both: ") != std::string::npos);
}

TEST_CASE("an overlap that cannot be is refused with its place") {
  const auto refused = [](const std::string& more, const std::string& wanted) {
    AppStage stage;
    const auto project = Stage::project(
        fmt::format("services:\n  app:\n    image: app:1\n    x-landfast: {{overlap: true}}\n{}\n"
                    "volumes: {{data: }}\n",
                    more));
    const auto world = stage.clock.run(observe(stage.ports, "shop", &project));
    const auto plan = plan_deploy(project, *world, History{}, DeployOptions{});
    INFO(more);
    REQUIRE_FALSE(plan);
    CHECK(plan.error().code == Code::invalid);
    CHECK(plan.error().text.find(wanted) != std::string::npos);
    CHECK(plan.error().path.starts_with("services.app."));
  };
  refused("    ports: [\"8080:80\"]", "port 8080 can be held only once");
  refused("    container_name: fixed", "its name is fixed to fixed");
  refused("    volumes: [\"data:/data\"]", "both would write to data");
  refused("    network_mode: host", "on the host's network");
}

TEST_CASE("a volume with several writers, or read-only, may overlap") {
  AppStage stage;
  const auto project = Stage::project(R"(
services:
  app:
    image: app:1
    volumes: ["data:/data", "fixed:/fixed:ro"]
    x-landfast: {overlap: true, shared: [data]}
volumes: {data: , fixed: }
)");
  CHECK(overlap_refused(project, project.services.at("app")).empty());
}

constexpr std::string_view replicas = R"(
services:
  app:
    image: app:1
    deploy: {replicas: 3}
)";

TEST_CASE("replicas are replaced one after the other") {
  AppStage stage;
  stage.deploy(Stage::project(replicas));
  stage.told.clear();
  stage.deploy(Stage::project(with(replicas, "app:1", "app:2")));
  CHECK(stage.at("step_done app/1:promote") < stage.at("step_started app/2:retire"));
  CHECK(stage.at("step_done app/2:promote") < stage.at("step_started app/3:retire"));
}

TEST_CASE("parallelism and delay of update_config are kept") {
  AppStage stage;
  const auto yaml =
      with(replicas, "replicas: 3", "replicas: 3, update_config: {parallelism: 2, delay: 5s}");
  stage.deploy(Stage::project(yaml));
  stage.told.clear();
  const auto begin = stage.clock.now();
  stage.deploy(Stage::project(with(yaml, "app:1", "app:2")));
  CHECK(stage.clock.now() - begin > seconds(5));
  CHECK(stage.at("step_started app/2:retire") < stage.at("step_done app/1:promote"));
  CHECK(stage.at("step_done app/2:promote") < stage.at("step_done app/3:retire"));
}

constexpr std::string_view sharing = R"(
services:
  vpn:
    image: app:1
    restart: always
  guest:
    image: app:1
    command: [guest]
    network_mode: service:vpn
  panel:
    image: app:1
    command: [panel]
    depends_on: {vpn: {condition: service_started, restart: true}}
)";

TEST_CASE("an undo brings back what shares a namespace after its owner, and restarts dependents") {
  AppStage stage;
  const std::string yaml(sharing);
  stage.deploy(Stage::project(yaml));
  const auto before = stage.containers();
  const auto vpn = stage.id("shop-vpn-1"), guest = stage.id("shop-guest-1");
  FakeImage broken;
  FakeImageBehaviour ends;
  ends.exits_after = milliseconds(20);
  ends.exit_code = 3;
  broken.by_command["guest"] = ends;
  stage.engine.daemon.load("app:2", broken);
  stage.told.clear();
  auto next = with(yaml, "  vpn:\n    image: app:1", "  vpn:\n    image: app:2");
  next = with(next, "  guest:\n    image: app:1", "  guest:\n    image: app:2");
  const auto report = stage.deploy(Stage::project(next));
  CHECK(report.state == DeploymentState::undone);
  CHECK(stage.containers() == before);
  CHECK(stage.id("shop-vpn-1") == vpn);
  CHECK(stage.id("shop-guest-1") == guest);
  CHECK(stage.at("step_done undo:shop-vpn-1:restore") <
        stage.at("step_started undo:shop-guest-1:restore"));
  const auto undone = plan_text(stage.plan(Stage::project(yaml)));
  CHECK(undone.find("nothing to do") != std::string::npos);
}

}  // namespace
}  // namespace landfast
