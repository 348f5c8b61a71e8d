// SPDX-License-Identifier: Apache-2.0
#include "app/migrations_text.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

MigrationsSeen seen() {
  StoreMigrations m;
  m.store = "db";
  m.database = "shop";
  m.service = "app";
  m.state.tool = MigrationTool::alembic;
  m.state.pending = Pending::some;
  m.state.applied = {"a1"};
  m.state.waiting = {"b2"};
  m.state.why = "1 of the image is not applied yet";
  MigrationsSeen all;
  all.tables = {m};
  all.trouble = {"other does not run: it cannot be asked"};
  return all;
}

TEST_CASE("migrations that wait are named") {
  CHECK(migrations_text("shop", seen(), Style()) ==
        "shop\n\n"
        "  ○ db shop   Alembic, image of app   1 applied, 1 waiting: 1 of the image is not applied "
        "yet\n"
        "      waits: b2\n"
        "\nnote: other does not run: it cannot be asked\n");
  CHECK(migrations_text("shop", {}, Style()).find("no table of Alembic") != std::string::npos);
}

TEST_CASE("migrations as JSON") {
  const auto json = migrations_json("shop", seen());
  const auto& first = json.at("migrations").as_array().at(0);
  CHECK(first.at("tool") == "Alembic");
  CHECK(first.at("pending") == "some");
  CHECK(first.at("waiting").as_array().at(0) == "b2");
  CHECK(json.at("notes").as_array().size() == 1);
}

}  // namespace
}  // namespace landfast
