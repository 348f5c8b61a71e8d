// SPDX-License-Identifier: Apache-2.0
#include "sql/migration_state.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "sql/migration_files.h"

namespace landfast {
namespace {

using Rows = std::vector<MigrationRow>;
using Files = std::vector<ImageFile>;

/// "some: a, b applied; c waiting (why)".
std::string told(MigrationTool tool, const Rows& rows, const Files& files) {
  const auto s = compare_migrations(tool, rows, files);
  CHECK(s.tool == tool);
  return fmt::format("{}: [{}] [{}] {}", to_string(s.pending), join(s.applied, " "),
                     join(s.waiting, " "), s.why);
}

const std::string all_applied = "every migration of the image is applied";

Files alembic_files() {
  const auto script = [](const std::string& revision, const std::string& down) {
    return ImageFile{
        "/app/alembic/versions/" + revision + "_x.py",
        "\"\"\"x\n\nRevision ID: zz\n\"\"\"\nfrom alembic import op\n\nrevision: str = '" +
            revision + "'\ndown_revision: Union[str, None] = " + down +
            "\nbranch_labels = None\ndepends_on = None\n\n"
            "def upgrade():\n    revision = 'inner'\n"};
  };
  return {script("a1", "None"),
          script("b2", "\"a1\""),
          script("c3", "\"a1\""),
          script("d4", "(\n    'b2',  # left\n    'c3',\n)"),
          {"/app/alembic/versions/__init__.py", ""},
          {"/app/other/d5.py", "revision = 'd5'\ndown_revision = None\n"}};
}

TEST_CASE("Alembic: what the heads in the table do not reach is waiting") {
  const auto tool = MigrationTool::alembic;
  CHECK(told(tool, {{"d4"}}, alembic_files()) == "none: [a1 b2 c3 d4] [] " + all_applied);
  CHECK(told(tool, {{"b2"}}, alembic_files()) ==
        "some: [a1 b2] [c3 d4] 2 of the image are not applied yet");
  CHECK(told(tool, {{"b2"}, {"c3"}}, alembic_files()) ==
        "some: [a1 b2 c3] [d4] 1 of the image is not applied yet");
  CHECK(told(tool, {}, alembic_files()).starts_with("some: [] [a1 b2 c3 d4]"));
  CHECK(told(tool, {{"e9"}}, alembic_files()) ==
        "unknown: [] [] the image does not know the revision e9");
  CHECK(told(tool, {{"a1"}}, {}) == "unknown: [] [] its migrations were not found in the image");
  CHECK(told(tool, {{"a1", "x"}}, alembic_files()) ==
        "unknown: [] [] the rows of its table could not be read");
}

TEST_CASE("Prisma: by name and checksum; a half-applied one is pending") {
  const auto tool = MigrationTool::prisma;
  const Files files{{"/app/prisma/migrations/1_init/migration.sql", "CREATE TABLE a();"},
                    {"/app/prisma/migrations/2_more/migration.sql", "CREATE TABLE b();"},
                    {"/app/prisma/migrations/migration_lock.toml", ""}};
  const auto one = sha256_hex("CREATE TABLE a();");
  const auto two = sha256_hex("CREATE TABLE b();");
  CHECK(told(tool, {{"1_init", one, "t", "f"}, {"2_more", two, "t", "f"}}, files) ==
        "none: [1_init 2_more] [] " + all_applied);
  CHECK(told(tool, {{"1_init", one, "1", "0"}}, files).starts_with("some: [1_init] [2_more]"));
  CHECK(told(tool, {{"1_init", one, "t", "f"}, {"2_more", two, "f", "f"}}, files) ==
        "some: [1_init] [2_more] 2_more has failed half-way");
  CHECK(told(tool, {{"1_init", one, "t", "f"}, {"2_more", two, "f", "t"}}, files) ==
        "some: [1_init] [2_more] 1 of the image is not applied yet");
  CHECK(told(tool, {{"1_init", two, "t", "f"}}, files) ==
        "unknown: [] [] 1_init was changed after it was applied");
}

TEST_CASE("Drizzle: what is younger than the youngest row") {
  const auto tool = MigrationTool::drizzle;
  const Files files{{"/app/drizzle/meta/_journal.json",
                     R"({"version":"7","entries":[{"idx":0,"when":100,"tag":"0000_a"},)"
                     R"({"idx":1,"when":200,"tag":"0001_b"}]})"}};
  CHECK(told(tool, {{"h", "100"}, {"i", "200"}}, files) ==
        "none: [0000_a 0001_b] [] " + all_applied);
  CHECK(told(tool, {{"h", "100"}}, files).starts_with("some: [0000_a] [0001_b]"));
  CHECK(told(tool, {}, files).starts_with("some: [] [0000_a 0001_b]"));
  CHECK(told(tool, {{"h", ""}}, files).starts_with("unknown"));
  CHECK(told(tool, {}, {{"/app/drizzle/meta/_journal.json", "{"}}).starts_with("unknown"));
  auto twice = files;
  twice.push_back({"/app/b/meta/_journal.json", files[0].content});
  CHECK(told(tool, {}, twice).starts_with("unknown"));
}

TEST_CASE("Django: apps of the project, squashed ones, installed packages") {
  const auto tool = MigrationTool::django;
  const std::string body = "class Migration(migrations.Migration):\n    dependencies = []\n";
  const Files files{
      {"/app/shop/migrations/0001_initial.py", body},
      {"/app/shop/migrations/0002_more.py", body},
      {"/app/shop/migrations/__init__.py", ""},
      {"/usr/lib/python3/site-packages/django/contrib/auth/migrations/0001_initial.py", body},
      {"/usr/lib/python3/site-packages/unused/migrations/0001_initial.py", body}};
  const Rows both{{"shop", "0001_initial"}, {"shop", "0002_more"}, {"auth", "0001_initial"}};
  CHECK(told(tool, both, files) ==
        "none: [shop.0001_initial shop.0002_more auth.0001_initial] [] " + all_applied);
  CHECK(told(tool, {{"shop", "0001_initial"}, {"auth", "0001_initial"}}, files) ==
        "some: [shop.0001_initial auth.0001_initial] [shop.0002_more] 1 of the image is not "
        "applied yet");
  auto other = both;
  other.push_back({"gone", "0001_initial"});
  CHECK(told(tool, other, files) ==
        "unknown: [] [] the migrations of the app gone were not found in the image");
  const Files squashed{{"/app/shop/migrations/0001_squashed.py",
                        "class Migration(migrations.Migration):\n    replaces = [('shop', "
                        "'0001_initial'), ('shop', '0002_more')]\n"}};
  CHECK(told(tool, {{"shop", "0001_initial"}, {"shop", "0002_more"}}, squashed) ==
        "none: [shop.0001_squashed] [] " + all_applied);
  CHECK(told(tool, {{"shop", "0001_initial"}}, squashed).starts_with("some"));
}

TEST_CASE("Rails: by version") {
  const auto tool = MigrationTool::rails;
  const Files files{{"/rails/db/migrate/20240101_a.rb", ""},
                    {"/rails/db/migrate/20240202_b.rb", ""},
                    {"/rails/db/schema.rb", ""}};
  CHECK(told(tool, {{"20240101"}, {"20240202"}, {"20230101"}}, files) ==
        "none: [20240101_a.rb 20240202_b.rb] [] " + all_applied);
  CHECK(told(tool, {{"20240101"}}, files).starts_with("some: [20240101_a.rb] [20240202_b.rb]"));
  CHECK(told(tool, {{"20240101"}}, {}).starts_with("unknown"));
}

TEST_CASE("Flyway: versioned by checksum, repeatable again when changed, Java unknown") {
  const auto tool = MigrationTool::flyway;
  const Files files{{"/flyway/sql/V1__init.sql", "CREATE TABLE a(id int);\n"},
                    {"/flyway/sql/R__view.sql", "CREATE VIEW v AS SELECT 1;\n"}};
  const auto init = std::to_string(flyway_checksum(files[0].content));
  const auto view = std::to_string(flyway_checksum(files[1].content));
  CHECK(told(tool, {{"V1__init.sql", "SQL", init, "t"}, {"R__view.sql", "SQL", view, "t"}},
             files) == "none: [R__view.sql V1__init.sql] [] " + all_applied);
  CHECK(told(tool, {{"V1__init.sql", "SQL", init, "t"}, {"R__view.sql", "SQL", "5", "t"}}, files)
            .starts_with("some: [V1__init.sql] [R__view.sql]"));
  CHECK(told(tool, {{"V1__init.sql", "SQL", "7", "t"}}, files) ==
        "unknown: [] [] V1__init.sql was changed after it was applied");
  CHECK(told(tool, {{"V1__init.sql", "SQL", init, "f"}}, files).starts_with("some"));
  CHECK(told(tool, {{"db.V1__Java", "JDBC", "0", "t"}}, files).starts_with("unknown"));
}

TEST_CASE("Flyway's checksum is CRC-32 of the lines without their ends") {
  CHECK(flyway_checksum("123456789") == static_cast<std::int32_t>(0xcbf43926));
  CHECK(flyway_checksum("1234\r\n56789\n") == flyway_checksum("123456789"));
  CHECK(flyway_checksum("\xef\xbb\xbf"
                        "123456789") == flyway_checksum("123456789"));
}

TEST_CASE("golang-migrate: one version, dirty is half-way") {
  const auto tool = MigrationTool::golang_migrate;
  const Files files{{"/migrations/000001_a.up.sql", ""},
                    {"/migrations/000001_a.down.sql", ""},
                    {"/migrations/000002_b.up.sql", ""}};
  CHECK(told(tool, {{"2", "f"}}, files) ==
        "none: [000001_a.up.sql 000002_b.up.sql] [] " + all_applied);
  CHECK(told(tool, {{"1", "0"}}, files).starts_with("some: [000001_a.up.sql] [000002_b.up.sql]"));
  CHECK(told(tool, {}, files).starts_with("some: [] [000001_a.up.sql 000002_b.up.sql]"));
  CHECK(told(tool, {{"2", "t"}}, files).ends_with("version 2 has failed half-way (dirty)"));
  CHECK(told(tool, {{"3", "f"}}, files).starts_with("unknown"));
  CHECK(told(tool, {{"1", "f"}, {"2", "f"}}, files).starts_with("unknown"));
}

TEST_CASE("a tool's table is known by its columns too") {
  const Rows columns{{"public", "schema_migrations", "dirty"},
                     {"public", "schema_migrations", "version"},
                     {"rails", "schema_migrations", "version"},
                     {"drizzle", "__drizzle_migrations", "hash"},
                     {"drizzle", "__drizzle_migrations", "created_at"},
                     {"public", "alembic_version", "other"}};
  const auto tables = migration_tables(columns);
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].tool == MigrationTool::drizzle);
  CHECK(tables[1].tool == MigrationTool::golang_migrate);
  CHECK(tables[2].tool == MigrationTool::rails);
  CHECK(applied_query(tables[2], '`') == "SELECT version FROM `rails`.`schema_migrations`");
  CHECK(applied_query({MigrationTool::flyway, "a\"b", "flyway_schema_history"}, '"') ==
        "SELECT script, type, COALESCE(checksum, 0), success FROM "
        "\"a\"\"b\".\"flyway_schema_history\" ORDER BY installed_rank");
  CHECK(tables_query().find("'_prisma_migrations', 'alembic_version'") != std::string::npos);
}

}  // namespace
}  // namespace landfast
