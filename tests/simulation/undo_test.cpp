// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto web = R"(
services:
  web: { image: "web:1", restart: always, stop_grace_period: 1s }
)";

std::string with_web_2() {
  std::string yaml(web);
  return yaml.replace(yaml.find("web:1"), 5, "web:2");
}

/// An image that is there only for as long as this, and says so with its exit code.
void load_broken(Stage& stage) {
  FakeImageBehaviour broken;
  broken.exits_after = milliseconds(20);
  broken.exit_code = 3;
  stage.image("web:2", broken, {"80/tcp"});
}

/// Its port answers at the address that it has now.
bool serves(Stage& stage, const std::string& name) {
  for (const auto& c : stage.world().containers)
    for (const auto& [network, endpoint] : c.networks)
      if (c.name == name &&
          stage.engine.daemon.accepts(endpoint.at("IPAddress").as_string().c_str(), 80))
        return true;
  return false;
}

TEST_CASE("an undo ends when the release before serves again, not when it was started") {
  Stage stage;
  FakeImageBehaviour slow;
  slow.ready_after = seconds(3);
  stage.image("web:1", slow, {"80/tcp"});
  load_broken(stage);
  REQUIRE(stage.deploy(Stage::project(web)).release == 1);
  const auto project = Stage::project(with_web_2());
  SUBCASE("of a deploy that failed") {
    const auto report = stage.deploy(project);
    CHECK(report.state == DeploymentState::undone);
    CHECK(report.aftermath.find("the release before serves as it did") != std::string::npos);
  }
  SUBCASE("of a deployer that was killed") {
    auto group = std::make_unique<TaskGroup>();
    std::optional<RunReport> never;
    const auto deploying = [&](DeployOptions options) -> Task<void> {
      never = co_await stage.deploying(project, std::move(options));
    };
    group->spawn(deploying({}));
    while (stage.containers().find("lf-was") == std::string::npos && !never)
      REQUIRE(stage.clock.advance_to_next());
    stage.kill(std::move(group));
    stage.recover();
    CHECK_FALSE(never);
  }
  CHECK(serves(stage, "shop-web-1"));
}

TEST_CASE("a commit whose answer is lost is a commit, and is not undone") {
  Stage stage;
  for (const auto* tag : {"web:1", "web:2"}) stage.image(tag, {}, {"80/tcp"});
  REQUIRE(stage.deploy(Stage::project(web)).release == 1);
  bool also_history = false;
  SUBCASE("the history tells") {}
  SUBCASE("the history does not answer either") { also_history = true; }
  bool asked = false;
  stage.journal.lose_answer = [&](std::string_view call) -> std::optional<Error> {
    asked = asked || call.starts_with("commit");
    const bool lost =
        call.starts_with("commit") || (asked && also_history && call.starts_with("history"));
    if (!lost) return std::nullopt;
    Error error;
    error.code = Code::unavailable;
    error.text = "the last sync failed";
    return error;
  };
  const auto report = stage.deploy(Stage::project(with_web_2()));
  REQUIRE(asked);
  CHECK(report.state == DeploymentState::committed);
  stage.journal.lose_answer = nullptr;
  stage.recover();
  CHECK(stage.containers().find("web:2") != std::string::npos);
  CHECK(stage.containers().find("web:1") == std::string::npos);
}

}  // namespace
}  // namespace landfast
