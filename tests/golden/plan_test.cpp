// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/json_text.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const fs::path cases = fs::path(LANDFAST_SOURCE_DIR) / "tests/golden/plan";

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Ids and hashes say nothing to a reader.
std::string without_ids(std::string text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_hex(text[end])) ++end;
    if (end - at == 64 || end - at == 12) {
      text.replace(at, end - at, "@ID@");
      end = at + 4;
    }
    at = std::max(end, at + 1);
  }
  return text;
}

/// An engine that has the images of the cases: databases, apps, and a migration in each app.
struct PlanStage : Stage {
  PlanStage() {
    for (const auto* tag : {"postgres:15", "postgres:16"})
      image(tag, {}, {"5432/tcp"}, {"/var/lib/postgresql/data"});
    for (const auto* tag : {"app:1", "app:2"}) {
      FakeImage app;
      app.config["ExposedPorts"] = boost::json::object{{"8080/tcp", boost::json::object()}};
      app.config["Env"] = boost::json::array{std::string("VERSION=") + tag};
      FakeImageBehaviour migrate;
      migrate.exits_after = milliseconds(50);
      app.by_command["migrate"] = migrate;
      app.behaviour.files["/srv/app/index.html"] = tag;
      engine.daemon.load(tag, std::move(app));
    }
  }
};

/// The plan that leads from before.yaml, deployed (none: nothing is there), to compose.yaml.
Plan plan_of(PlanStage& stage, const fs::path& folder) {
  if (fs::exists(folder / "before.yaml")) {
    const auto report = stage.deploy(Stage::project(read(folder / "before.yaml")));
    REQUIRE(report.state == DeploymentState::committed);
  }
  if (folder.filename() == "guarded") {  // as PostgreSQL leaves it
    const auto data = FakeVolumes::path_of("shop_data");
    stage.volumes.write(data, "PG_VERSION", "15\n");
    stage.volumes.write(data, "global/pg_control", std::string(8192, '\0'));
  }
  return stage.plan(Stage::project(read(folder / "compose.yaml")));
}

void compare(const fs::path& file, const std::string& text) {
  if (std::getenv("LANDFAST_ACCEPT") != nullptr) {
    std::ofstream(file) << text;
    return;
  }
  INFO(file.string(), ": tests/golden/plan/accept writes what the plan says now");
  CHECK(read(file) == text);
}

TEST_CASE("plans read as they were accepted") {
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(cases)) {
    if (!entry.is_directory()) continue;
    PlanStage stage;
    const auto plan = plan_of(stage, entry.path());
    compare(entry.path() / "expected.txt", without_ids(plan_text(plan)));
    compare(entry.path() / "expected.json", without_ids(indented_json(plan_json(plan))));
    ++seen;
  }
  CHECK(seen >= 16);
}

}  // namespace
}  // namespace landfast
