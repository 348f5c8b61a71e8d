// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

/// Tools whose own table tells which migrations were applied.
enum class MigrationTool : std::uint8_t {
  alembic,
  prisma,
  drizzle,
  django,
  rails,
  flyway,
  golang_migrate
};
[[nodiscard]] std::string_view to_string(MigrationTool tool);

/// Whether an image has migrations that the database does not have yet. Unknown counts as some.
enum class Pending : std::uint8_t { none, some, unknown };
[[nodiscard]] std::string_view to_string(Pending pending);

/// A file of an image: absolute path and content.
struct ImageFile {
  std::string path;
  std::string content;
};

/// A row of a tool's table, its columns as text in the order of `applied_query`.
using MigrationRow = std::vector<std::string>;

/// What a tool's table says against the image's files.
struct MigrationState {
  MigrationTool tool = MigrationTool::alembic;
  Pending pending = Pending::unknown;
  std::vector<std::string> applied;  ///< of the image's migrations, in the tool's order
  std::vector<std::string> waiting;  ///< that the tool would apply, in its order
  std::string why;                   ///< one sentence for people without a final stop
};

/// Compares. `none` only where it is certain: rows of another form, files that were not found, a
/// history that does not fit them are `unknown`.
[[nodiscard]] MigrationState compare_migrations(MigrationTool tool,
                                                const std::vector<MigrationRow>& rows,
                                                const std::vector<ImageFile>& files);

/// Whether a file may tell something about the tool's migrations: what is worth reading.
[[nodiscard]] bool is_migration_file(MigrationTool tool, std::string_view path);

/// A tool's table in a database.
struct MigrationTable {
  MigrationTool tool = MigrationTool::alembic;
  std::string schema, table;
};

/// SQL that lists the columns of tables with a tool's name as (schema, table, column), for
/// PostgreSQL, MariaDB and MySQL.
[[nodiscard]] std::string tables_query();
/// The tools' tables among those columns; a table of that name with other columns is none.
[[nodiscard]] std::vector<MigrationTable> migration_tables(
    const std::vector<MigrationRow>& columns);
/// SQL that reads a tool's table; `quote` is the server's: `"` or `` ` ``.
[[nodiscard]] std::string applied_query(const MigrationTable& table, char quote);

}  // namespace landfast
