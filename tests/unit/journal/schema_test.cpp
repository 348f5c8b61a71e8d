// SPDX-License-Identifier: Apache-2.0
#include "journal/schema.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "unit/scratch.h"

using namespace landfast;
using journal::Migration;

namespace {

sqlite::Connection open(const test::Scratch& scratch) {
  const auto path = scratch.path("journal.db");
  std::ofstream(path, std::ios::app).flush();
  return sqlite::Connection::open(path, std::chrono::milliseconds(50)).value();
}

const std::string at = "2026-11-03T02:10:00.000Z";
const Migration first{"001-start", "CREATE TABLE a (x INTEGER) STRICT;"};
const Migration second{"002-more", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b VALUES (7);"};

}  // namespace

TEST_CASE("schema.sql is embedded as it is") {
  std::ifstream file(std::string(LANDFAST_SOURCE_DIR) + "/src/journal/schema.sql");
  std::stringstream text;
  text << file.rdbuf();
  const auto parts = journal::split_migrations(text.str());
  REQUIRE(parts.size() == journal::migrations().size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].name == journal::migrations()[i].name);
    CHECK(parts[i].sql == journal::migrations()[i].sql);
  }
  CHECK(parts.at(0).name == "001-start");
}

TEST_CASE("all tables are STRICT") {
  const test::Scratch scratch;
  auto c = open(scratch);
  REQUIRE(journal::migrate(c, journal::migrations(), "0.1.0", at));
  CHECK(c.integer("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
                  " AND name NOT LIKE 'sqlite%' AND strict = 0")
            .value() == 0);
}

TEST_CASE("migrations run once each, in order, and are named") {
  const test::Scratch scratch;
  auto c = open(scratch);
  REQUIRE(journal::migrate(c, {first}, "0.1.0", at));
  REQUIRE(journal::migrate(c, {first, second}, "0.2.0", at));
  REQUIRE(journal::migrate(c, {first, second}, "0.3.0", at));
  auto rows = c.query("SELECT name, landfast, at FROM migration ORDER BY id").value();
  REQUIRE(rows.next().value());
  CHECK(rows.text(0) == "001-start");
  CHECK(rows.text(1) == "0.1.0");
  CHECK(rows.text(2) == at);
  REQUIRE(rows.next().value());
  CHECK(rows.text(0) == "002-more");
  CHECK(rows.text(1) == "0.2.0");
  CHECK_FALSE(rows.next().value());
  CHECK(c.integer("SELECT x FROM b").value() == 7);
  CHECK_FALSE(c.execute("DELETE FROM b"));
}

TEST_CASE("a migration that fails leaves nothing of itself") {
  const test::Scratch scratch;
  auto c = open(scratch);
  REQUIRE(journal::migrate(c, {first}, "0.1.0", at));
  const Migration broken{"002-more", "CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE a (x);"};
  CHECK_FALSE(journal::migrate(c, {first, broken}, "0.2.0", at));
  CHECK(c.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'").value() == 0);
  CHECK(c.integer("SELECT count(*) FROM migration").value() == 1);
  CHECK(journal::migrate(c, {first, second}, "0.2.0", at));
}

TEST_CASE("a newer schema is refused, naming the landfast that wrote it") {
  const test::Scratch scratch;
  auto c = open(scratch);
  REQUIRE(journal::migrate(c, {first, second}, "0.2.0", at));
  const auto status = journal::migrate(c, {first}, "0.1.0", at);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == Code::unsupported);
  CHECK(status.error().text ==
        "the journal was written by landfast 0.2.0 (its schema has \"002-more\"), this is "
        "landfast 0.1.0");
  CHECK(status.error().hint == "Use landfast 0.2.0 or a newer one. Nothing was changed.");
}

TEST_CASE("a journal of before releases were sealed keeps its releases") {
  const test::Scratch scratch;
  auto c = open(scratch);
  REQUIRE(journal::migrate(c, {journal::migrations().at(0)}, "0.1.0", at));
  REQUIRE(
      c.script("INSERT INTO stack VALUES (1, 'blog', 'x');"
               "INSERT INTO deployment VALUES (1, 1, 'x', 'anna', 'feed');"
               "INSERT INTO release VALUES (1, 'blog', 1, 1, 'x', 'anna', 5, '', 'first')"));
  REQUIRE(journal::migrate(c, journal::migrations(), "0.2.0", at));
  CHECK(c.integer("SELECT count(*) FROM release WHERE origin = 0 AND inputs_digest = ''").value() ==
        1);
  CHECK_FALSE(c.execute("UPDATE release SET origin = 2"));
}
