// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view web = R"(
services:
  web:
    image: web:1
    environment: {DB_PASSWORD: pferdchen, LEVEL: verbose}
    secrets: [key]
secrets: {key: {environment: KEY}}
)";

Project with_secret(std::string_view yaml) {
  auto project = Stage::project(yaml);
  project.secrets.at("key").content = Secret("the-real-key");
  project.secrets.at("key").digest = std::string(64, 'a');
  return project;
}

/// An image whose container says two secrets and dies.
void load_broken(Stage& stage) {
  FakeImageBehaviour broken;
  broken.exits_after = milliseconds(20);
  broken.exit_code = 3;
  broken.log = {"verbose: login with pferdchen", "key is the-real-key"};
  stage.image("web:1", broken);
}

TEST_CASE("the log of a container that an undo removes is kept without its secrets") {
  Stage stage;
  load_broken(stage);
  const auto report = stage.deploy(with_secret(web));
  REQUIRE(report.state == DeploymentState::undone);
  CHECK(stage.containers().empty());
  REQUIRE(stage.files.texts.contains(1));
  const auto& text = stage.files.texts.at(1).at("shop-web-1");
  CHECK(text.find("verbose: login with ***") != std::string::npos);
  CHECK(text.find("key is ***") != std::string::npos);
  CHECK(text.find("pferdchen") == std::string::npos);
  CHECK(report.aftermath ==
        "removed: web; nothing of it is left running; the logs of what was removed: landfast logs "
        "--deployment 1");
  for (const auto& line : report.error->trace) {
    CHECK(line.find("pferdchen") == std::string::npos);
    CHECK(line.find("the-real-key") == std::string::npos);
  }
}

TEST_CASE("a log that cannot be saved does not stop the undo") {
  Stage stage;
  load_broken(stage);
  Error trouble;
  trouble.text = "no space left";
  stage.files.keep_error = trouble;
  CHECK(stage.deploy(with_secret(web)).state == DeploymentState::undone);
  CHECK(stage.containers().empty());
  CHECK(std::count(stage.told.begin(), stage.told.end(), "notice") == 1);
}

TEST_CASE("an undo that hangs at a log goes on after a while") {
  Stage stage;
  load_broken(stage);
  bool asked = false;
  stage.engine.faults = [&asked](const EngineCall& call) {
    Fault fault;
    // The first look at the log is the gate's own.
    if (call.method == "logs" && asked) fault.kind = Fault::Kind::hang_before;
    asked = asked || call.method == "logs";
    return fault;
  };
  CHECK(stage.deploy(with_secret(web)).state == DeploymentState::undone);
  CHECK(stage.containers().empty());
}

TEST_CASE("logs of twenty deployments are kept") {
  Stage stage;
  load_broken(stage);
  for (int i = 0; i < 22; ++i) stage.deploy(with_secret(web));
  CHECK(stage.files.texts.size() == 20);
  CHECK_FALSE(stage.files.texts.contains(2));
  CHECK(stage.files.texts.contains(22));
}

}  // namespace
}  // namespace landfast
