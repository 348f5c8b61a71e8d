// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "run/observe_migrations.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

constexpr std::string_view yaml = R"(
services:
  db:
    image: "db:1"
    environment: {POSTGRES_PASSWORD: secret, POSTGRES_USER: shop}
    volumes: ["data:/var/lib/postgresql/data"]
  app:
    image: "app:1"
    depends_on: [db]
volumes: {data: {}}
)";

std::string psql(const std::string& database, const std::string& sql) {
  return "psql -X -A -t -q -w -v ON_ERROR_STOP=1 -F \x1f -R \x1e -U shop -d " + database + " -c " +
         sql;
}

FakeImage database(const std::string& revision) {
  FakeImage db;
  db.config["Env"] = boost::json::array{"PG_MAJOR=15"};
  auto& commands = db.behaviour.commands;
  commands[psql("postgres",
                "SELECT datname FROM pg_database WHERE datallowconn AND datname NOT LIKE "
                "'template_' ORDER BY 1")]
      .output = "postgres\x1eshop\n";
  commands[psql("postgres", tables_query())].output = "";
  commands[psql("shop", tables_query())].output =
      "public\x1f"
      "alembic_version\x1f"
      "version_num\n";
  commands[psql("shop", "SELECT version_num FROM \"public\".\"alembic_version\"")].output =
      revision + "\n";
  return db;
}

FakeImage app() {
  FakeImage image;
  image.config["WorkingDir"] = "/srv/app";
  image.behaviour.files = {
      {"/srv/app/alembic/versions/a1.py", "revision = 'a1'\ndown_revision = None\n"},
      {"/srv/app/alembic/versions/b2.py", "revision = 'b2'\ndown_revision = 'a1'\n"},
      {"/srv/app/main.py", "revision = 'x'\n"}};
  return image;
}

MigrationsSeen look(Stage& stage, const Project& project) {
  auto world = stage.clock.run(observe(stage.ports, "shop", &project)).value();
  return stage.clock.run(observe_migrations(stage.ports, project, world)).value();
}

TEST_CASE("a database's table is compared with the files of the image that reaches it") {
  Stage stage;
  stage.engine.daemon.load("db:1", database("a1"));
  stage.engine.daemon.load("app:1", app());
  const auto project = Stage::project(yaml);
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  const auto seen = look(stage, project);
  CHECK(seen.trouble.empty());
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables[0].store == "db");
  CHECK(seen.tables[0].database == "shop");
  CHECK(seen.tables[0].service == "app");
  CHECK(seen.tables[0].state.pending == Pending::some);
  CHECK(seen.tables[0].state.waiting == std::vector<std::string>{"b2"});
}

TEST_CASE("an image without a container is read from one that is never started and goes again") {
  Stage stage;
  stage.engine.daemon.load("db:1", database("b2"));
  stage.engine.daemon.load("app:1", FakeImage{});
  REQUIRE(stage.deploy(Stage::project(yaml)).state == DeploymentState::committed);
  stage.engine.daemon.load("app:1", app());
  const auto before = stage.containers();
  const auto runs = stage.engine.daemon.runs().size();
  const auto seen = look(stage, Stage::project(yaml));
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables[0].state.pending == Pending::none);
  CHECK(stage.containers() == before);
  CHECK(stage.engine.daemon.runs().size() == runs);
  const auto all = stage.engine.daemon.list(ContainerFilter{});
  CHECK(std::none_of(all.begin(), all.end(),
                     [](const auto& c) { return c.label("landfast.role") == "look"; }));
}

TEST_CASE("no files in any image is unknown; a server that does not answer is told") {
  Stage stage;
  stage.engine.daemon.load("db:1", database("b2"));
  stage.engine.daemon.load("app:1", FakeImage{});
  const auto project = Stage::project(yaml);
  REQUIRE(stage.deploy(project).state == DeploymentState::committed);
  auto seen = look(stage, project);
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables[0].state.pending == Pending::unknown);
  CHECK(seen.tables[0].service.empty());
  const auto* db = stage.engine.daemon.find("shop-db-1");
  REQUIRE(db != nullptr);
  REQUIRE(stage.clock.run(stage.engine.stop_container(db->id, std::nullopt)));
  seen = look(stage, project);
  CHECK(seen.tables.empty());
  CHECK(seen.trouble == std::vector<std::string>{"db does not run: it cannot be asked"});
}

}  // namespace
}  // namespace landfast
