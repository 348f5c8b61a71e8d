// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "run/observe_data.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

constexpr std::string_view yaml = R"(
services:
  db:
    image: "db:1"
    volumes: ["data:/var/lib/postgresql/data"]
  queue:
    image: "plain:1"
    volumes: ["queue:/data"]
  app:
    image: "app:1"
    depends_on: [db]
    volumes: ["uploads:/uploads", "./conf:/etc/app:ro"]
volumes: {data: {}, queue: {}, uploads: {}}
)";

void load_images(Stage& stage) {
  FakeImage db;
  db.config["Env"] = boost::json::array{"PG_MAJOR=15", "PGDATA=/var/lib/postgresql/data"};
  stage.engine.daemon.load("db:1", db);
  FakeImage plain;
  plain.behaviour.processes = {"sh", "valkey-server"};
  stage.engine.daemon.load("plain:1", plain);
  stage.engine.daemon.load("app:1", FakeImage{});
}

std::string stores(const World& world) {
  std::string out;
  for (const auto& s : world.stores)
    out +=
        fmt::format("{} {} {} {}: {}\n", s.service, to_string(s.kind), s.volume, s.version, s.why);
  return out;
}

TEST_CASE("observe knows the stores before, at and after the first start") {
  Stage stage;
  load_images(stage);
  const auto project = Stage::project(yaml);
  auto world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  CHECK(stores(world) ==
        "app files shop_uploads : not looked into\n"
        "db PostgreSQL shop_data 15: PG_MAJOR in its image\n"
        "queue files shop_queue : not looked into\n");
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  CHECK(stores(world) ==
        "app files shop_uploads : no database in it\n"
        "db PostgreSQL shop_data 15: PG_MAJOR in its image\n"
        "queue Redis shop_queue : its process valkey-server\n");
  const auto path = FakeVolumes::path_of("shop_data");
  stage.volumes.write(path, "PG_VERSION", "16\n");
  stage.volumes.write(path, "global/pg_control", "x");
  stage.volumes.write(FakeVolumes::path_of("shop_uploads"), "app.db",
                      std::string("SQLite format 3\0....", 20));
  world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  CHECK(stores(world) ==
        "app SQLite shop_uploads : app.db in it\n"
        "db PostgreSQL shop_data 16: PG_MAJOR in its image\n"
        "queue Redis shop_queue : its process valkey-server\n");
}

TEST_CASE("without a file the containers tell") {
  Stage stage;
  load_images(stage);
  const auto project = Stage::project(yaml);
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  auto world = stage.clock.run(observe(stage.ports, "shop", nullptr)).value();
  CHECK(world.stores.empty());
  REQUIRE(stage.clock.run(observe_stores(stage.ports, nullptr, world)));
  CHECK(stores(world) ==
        "app files shop_uploads : no database in it\n"
        "db PostgreSQL shop_data 15: PG_MAJOR in its image\n"
        "queue Redis shop_queue : its process valkey-server\n");
}

TEST_CASE("facts are measured for the stores that are asked for") {
  Stage stage;
  load_images(stage);
  const auto project = Stage::project(yaml);
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  stage.volumes.write(FakeVolumes::path_of("shop_data"), "f", std::string(4096, 'x'));
  auto world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  CHECK(world.volume_facts.empty());
  REQUIRE(stage.clock.run(observe_volume_facts(stage.ports, world, world.stores)));
  CHECK(world.volume_facts.size() == 3);
  CHECK(world.volume_facts.at(FakeVolumes::path_of("shop_data")).bytes == 4096);
}

}  // namespace
}  // namespace landfast
