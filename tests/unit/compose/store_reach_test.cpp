// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "base/text.h"
#include "model/store.h"
#include "unit/compose/map_files.h"

namespace landfast {
namespace {

/// Names of the services that reach the PostgreSQL of `db` on the volume app_data, with commas.
std::string reach(const std::string& services, StoreKind kind = StoreKind::postgres) {
  const auto project = test::load_text(
      "services:\n  db:\n    image: postgres:15\n    hostname: primary\n"
      "    networks:\n      default:\n        aliases: [main-db]\n      back: {}\n"
      "    volumes: [\"data:/var/lib/postgresql/data\"]\n" +
      services + "networks: {back: {}, front: {}, other: {}}\nvolumes: {data: {}, rest: {}}\n");
  REQUIRE(project);
  Store store;
  store.kind = kind;
  store.service = "db";
  store.volume = "app_data";
  return join(reaches(*project, store), ",");
}

std::string app(const std::string& attributes) { return "  app:\n    image: app:1\n" + attributes; }

TEST_CASE("who mounts the store's volume reaches it") {
  CHECK(reach("") == "db");
  CHECK(reach(app("    volumes: [\"data:/source\"]\n    networks: [other]\n")) == "app,db");
  CHECK(reach(app("    volumes: [\"data:/source:ro\"]\n")) == "db");
  CHECK(reach(app("    volumes: [\"rest:/source\"]\n")) == "db");
  CHECK(reach(app("    volumes_from: [db]\n    networks: [other]\n")) == "app,db");
  CHECK(reach(app("    volumes_from: [\"db:ro\"]\n    networks: [other]\n")) == "db");
}

TEST_CASE("who shares a network and depends on it or names it reaches it") {
  CHECK(reach(app("    depends_on: [db]\n")) == "app,db");
  CHECK(reach(app("    networks: [other]\n    depends_on: [db]\n")) == "db");
  CHECK(reach(app("    environment: {URL: \"postgres://u:p@db:5432/x\"}\n")) == "app,db");
  CHECK(reach(app("    environment: {PGHOST: main-db}\n")) == "app,db");
  CHECK(reach(app("    environment: {PGHOST: primary}\n")) == "app,db");
  CHECK(reach(app("    environment: {PGHOST: primary}\n    networks: [back]\n")) == "app,db");
  CHECK(reach(app("    environment: {PGHOST: primary}\n    networks: [other]\n")) == "db");
  CHECK(reach(app("    command: [\"serve\", \"--db=db:5432\"]\n")) == "app,db");
  CHECK(reach(app("    entrypoint: [\"wait-for\", \"db\"]\n")) == "app,db");
  CHECK(reach(app("    network_mode: \"service:db\"\n    environment: {DB_HOST: \"db\"}\n")) ==
        "app,db");
}

TEST_CASE("a name inside another word is not the store's") {
  CHECK(reach(app("    environment: {A: mydb, B: db-two, C: \"db_3\", D: primaryx}\n")) == "db");
}

TEST_CASE("a configuration file may name it") {
  CHECK(reach("  app:\n    image: app:1\n    configs: [settings]\n"
              "configs:\n  settings:\n    content: \"host = main-db\"\n") == "app,db");
}

TEST_CASE("files and SQLite are reached by mounting alone") {
  CHECK(reach(app("    depends_on: [db]\n"), StoreKind::files) == "db");
  CHECK(reach(app("    volumes: [\"data:/x\"]\n"), StoreKind::sqlite) == "app,db");
}

}  // namespace
}  // namespace landfast
