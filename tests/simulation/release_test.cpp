// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "model/kept_image.h"
#include "run/release_keeping.h"
#include "run/rollback.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;

Project web(const std::string& image, const std::string& level = "0") {
  return Stage::project(fmt::format(
      "services: {{web: {{image: \"{}\", environment: {{LEVEL: \"{}\"}}}}}}", image, level));
}

/// What the engine has under a reference; "" where that is nothing.
std::string id_of(Stage& stage, const std::string& reference) {
  const auto image = stage.clock.run(stage.engine.image(reference));
  return image ? image->id : std::string{};
}

std::vector<Release> releases(Stage& stage) {
  return stage.clock.run(stage.journal.releases("shop")).value();
}

TEST_CASE("a release has its inputs sealed and its images under our own tag") {
  Stage stage;
  const auto id = stage.image("web:1");
  REQUIRE(stage.deploy(web("web:1")).release == 1);
  CHECK(id_of(stage, "landfast/shop/web:1") == id);
  const auto release = releases(stage).at(0);
  CHECK(open_record(stage.ports, "shop", release)->reveal() == "inputs of shop");
  auto& sealed = stage.files.sealed.begin()->second;
  CHECK(sealed.find("inputs") == std::string::npos);
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  CHECK(open_record(stage.ports, "shop", release).error().code == Code::corrupt);
  stage.files.sealed.clear();
  CHECK(open_record(stage.ports, "shop", release).error().code == Code::not_found);
}

TEST_CASE("a deployment that does not commit leaves no sealed inputs") {
  Stage stage;
  stage.image("web:1");
  Error trouble;
  trouble.text = "no space left";
  SUBCASE("the commit is refused") {
    stage.journal.refuse = [&](std::string_view call) {
      return call == "commit" ? std::optional(trouble) : std::nullopt;
    };
  }
  SUBCASE("the inputs cannot be sealed") { stage.seal.error = trouble; }
  SUBCASE("the inputs cannot be kept") { stage.files.keep_error = trouble; }
  const auto report = stage.deploy(web("web:1"));
  CHECK(report.state == DeploymentState::undone);
  CHECK(stage.files.sealed.empty());
  CHECK(stage.containers().empty());
}

TEST_CASE("inputs that a killed deployer left are removed by the next deploy") {
  Stage stage;
  stage.image("web:1");
  stage.files.sealed[{"shop", 77}] = "left over";
  stage.files.sealed[{"blog", 78}] = "of another stack";
  REQUIRE(stage.deploy(web("web:1")).release == 1);
  CHECK_FALSE(stage.files.sealed.contains({"shop", 77}));
  CHECK(stage.files.sealed.contains({"blog", 78}));
  CHECK(stage.files.sealed.contains({"shop", 1}));
}

TEST_CASE("images of five releases are kept, and never one in use or a tag of the user goes") {
  Stage stage;
  const auto first = stage.image("web:1");
  stage.image("side:1");
  for (int i = 1; i <= 7; ++i) {
    const auto reference = fmt::format("web:{}", i);
    if (i > 1) stage.image(reference);
    const auto yaml =
        fmt::format("services: {{web: {{image: \"{}\"}}, side: {{image: \"side:1\"}}}}", reference);
    REQUIRE(stage.deploy(Stage::project(yaml)).release == i);
  }
  for (int i = 1; i <= 7; ++i) {
    CHECK(id_of(stage, kept_image_name("shop", "web", i)).empty() == (i <= 2));
    CHECK(id_of(stage, kept_image_name("shop", "side", i)).empty() == (i <= 2));
  }
  CHECK(id_of(stage, "web:1") == first);
}

/// A deploy of an earlier release as `landfast rollback` runs it.
RunReport roll_back(Stage& stage, const Project& project, const Release& release) {
  auto world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  auto kept = stage.clock.run(take_kept_images(stage.ports, project, release, world));
  REQUIRE(kept);
  const auto history = stage.clock.run(stage.journal.history("shop")).value();
  const auto plan = plan_deploy(project, world, history, {}).value();
  RunRequest request{.project = project, .world = world, .plan = plan};
  request.inputs.name = "shop";
  request.wanted_tags = kept->wanted_tags;
  request.moved_tags = kept->moved_tags;
  request.origin = release.number;
  return stage.clock.run(run_deployment(stage.ports, request, [](const Event&) {}));
}

TEST_CASE("a rollback runs the image of then, though its tag has moved on") {
  Stage stage;
  const auto first = stage.image("web:latest");
  REQUIRE(stage.deploy(web("web:latest")).release == 1);
  const auto second = stage.image("web:latest");
  REQUIRE(second != first);
  REQUIRE(stage.deploy(web("web:latest")).release == 2);
  const auto report = roll_back(stage, web("web:latest"), releases(stage).at(1));
  CHECK(report.release == 3);
  CHECK(stage.engine.daemon.inspect("shop-web-1")->image_id == first);
  CHECK(id_of(stage, "web:latest") == first);
  CHECK(id_of(stage, "landfast/shop/web:3") == first);
  const auto now = releases(stage).at(0);
  CHECK(now.origin == 1);
  CHECK(release_name(now) == "release 3 (= 1)");
}

TEST_CASE("a rollback that fails puts the tag back to the image that serves") {
  Stage stage;
  const auto first = stage.image("web:latest");
  REQUIRE(stage.deploy(web("web:latest")).release == 1);
  const auto second = stage.image("web:latest");
  REQUIRE(stage.deploy(web("web:latest")).release == 2);
  const auto before = stage.containers();
  int starts = 0;
  stage.engine.faults = [&starts](const EngineCall& call) {
    Fault fault;
    if (call.method == "start_container" && ++starts == 1) fault.kind = Fault::Kind::fail_before;
    return fault;
  };
  const auto report = roll_back(stage, web("web:latest"), releases(stage).at(1));
  CHECK(report.state == DeploymentState::undone);
  CHECK(id_of(stage, "web:latest") == second);
  CHECK(stage.containers() == before);
  CHECK(first != second);
}

TEST_CASE("an image that is gone is named before anything is touched") {
  Stage stage;
  stage.image("web:1");
  stage.image("web:2");
  REQUIRE(stage.deploy(web("web:1")).release == 1);
  REQUIRE(stage.deploy(web("web:2")).release == 2);
  REQUIRE(stage.clock.run(stage.engine.remove_image("landfast/shop/web:1")));
  REQUIRE(stage.clock.run(stage.engine.remove_image("web:1")));
  const auto project = web("web:1");
  auto world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  const auto kept =
      stage.clock.run(take_kept_images(stage.ports, project, releases(stage).at(1), world));
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == Code::not_found);
  REQUIRE(kept.error().trace.size() == 1);
  CHECK(kept.error().trace[0].starts_with("web: web:1 ("));
}

constexpr auto migrating = R"(
services:
  migrate: {{image: "app:{0}", command: [migrate], x-landfast: {{migrate: true}}}}
  app: {{image: "app:{0}", depends_on: {{migrate: {{condition: service_completed_successfully}}}}}}
)";

TEST_CASE("a migration that ran since is found, and none that ran before") {
  Stage stage;
  for (const auto* tag : {"app:1", "app:2"}) {
    FakeImage app;
    FakeImageBehaviour migrate;
    migrate.exits_after = milliseconds(50);
    app.by_command["migrate"] = migrate;
    stage.engine.daemon.load(tag, std::move(app));
  }
  REQUIRE(stage.deploy(Stage::project(fmt::format(migrating, 1))).release == 1);
  REQUIRE(stage.deploy(Stage::project(fmt::format(migrating, 2))).release == 2);
  const auto history = stage.clock.run(stage.journal.history("shop")).value();
  const auto all = releases(stage);
  CHECK(migration_since(all.at(1), history, all) == "migrate (release 2)");
  CHECK(migration_since(all.at(0), history, all).empty());
}

}  // namespace
}  // namespace landfast
