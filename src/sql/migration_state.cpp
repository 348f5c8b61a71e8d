// SPDX-License-Identifier: Apache-2.0
#include "sql/migration_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "sql/migration_files.h"

namespace landfast {
namespace {

using Rows = std::vector<MigrationRow>;
using Files = std::vector<ImageFile>;

MigrationState unknown(std::string why) {
  MigrationState state;
  state.why = std::move(why);
  return state;
}

MigrationState no_files() { return unknown("its migrations were not found in the image"); }

/// The end of a comparison in which everything fits.
MigrationState decided(MigrationState state) {
  state.pending = state.waiting.empty() ? Pending::none : Pending::some;
  state.why = state.waiting.empty()
                  ? "every migration of the image is applied"
                  : fmt::format("{} of the image {} not applied yet", state.waiting.size(),
                                state.waiting.size() == 1 ? "is" : "are");
  return state;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && rest == end ? std::optional(value) : std::nullopt;
}

bool is_true(const std::string& text) { return text == "t" || text == "1" || text == "true"; }

/// Rows (version_num): the heads that the database is at.
MigrationState alembic(const Rows& rows, const Files& files) {
  std::map<std::string, std::vector<std::string>> scripts;
  std::vector<std::string> order;
  for (const auto& file : files)
    if (auto script = alembic_script(file.content)) {
      if (!scripts.emplace(script->revision, script->after).second)
        return unknown(fmt::format("two files have the revision {}", script->revision));
      order.push_back(script->revision);
    }
  if (scripts.empty()) return no_files();
  std::set<std::string> reached;
  std::vector<std::string> todo;
  for (const auto& row : rows) todo.push_back(row[0]);
  while (!todo.empty()) {
    const auto revision = std::move(todo.back());
    todo.pop_back();
    const auto script = scripts.find(revision);
    if (script == scripts.end())
      return unknown(fmt::format("the image does not know the revision {}", printable(revision)));
    if (reached.insert(revision).second)
      todo.insert(todo.end(), script->second.begin(), script->second.end());
  }
  MigrationState state;
  for (const auto& revision : order)
    (reached.contains(revision) ? state.applied : state.waiting).push_back(revision);
  return decided(std::move(state));
}

/// Rows (migration_name, checksum, finished, rolled back).
MigrationState prisma(const Rows& rows, const Files& files) {
  std::map<std::string, std::string> in_image;
  for (const auto& file : files)
    if (file_name(file.path) == "migration.sql")
      in_image.emplace(file_name(file_folder(file.path)), sha256_hex(file.content));
  if (in_image.empty()) return no_files();
  std::map<std::string, std::string> applied;
  std::string failed;
  for (const auto& row : rows) {
    if (is_true(row[3])) continue;
    if (is_true(row[2]))
      applied[row[0]] = row[1];
    else
      failed = row[0];
  }
  MigrationState state;
  for (const auto& [name, checksum] : in_image) {
    const auto it = applied.find(name);
    if (it != applied.end() && it->second != checksum)
      return unknown(fmt::format("{} was changed after it was applied", name));
    (it == applied.end() ? state.waiting : state.applied).push_back(name);
  }
  state = decided(std::move(state));
  if (failed.empty()) return state;
  state.pending = Pending::some;
  state.why = fmt::format("{} has failed half-way", printable(failed));
  return state;
}

/// Rows (hash, created_at): Drizzle applies what is younger than the youngest row.
MigrationState drizzle(const Rows& rows, const Files& files) {
  const ImageFile* journal = nullptr;
  for (const auto& file : files) {
    if (file_name(file.path) != "_journal.json") continue;
    if (journal != nullptr) return unknown("the image has several journals of Drizzle");
    journal = &file;
  }
  if (journal == nullptr) return no_files();
  const auto entries = drizzle_journal(journal->content);
  if (!entries) return unknown("the journal of Drizzle in the image cannot be read");
  std::int64_t newest = INT64_MIN;
  for (const auto& row : rows) {
    const auto when = number(row[1]);
    if (!when) return unknown("the table of Drizzle has a row without a time");
    newest = std::max(newest, *when);
  }
  MigrationState state;
  for (const auto& entry : *entries)
    (entry.when > newest ? state.waiting : state.applied).push_back(entry.tag);
  return decided(std::move(state));
}

/// Rows (app, name).
MigrationState django(const Rows& rows, const Files& files) {
  std::set<std::string> applied, apps, seen;
  for (const auto& row : rows) {
    applied.insert(row[0] + "." + row[1]);
    apps.insert(row[0]);
  }
  MigrationState state;
  for (const auto& file : files) {
    const auto migration = django_migration(file);
    if (!migration) continue;
    seen.insert(migration->app);
    // An installed package whose app the project does not use migrates nothing.
    if (migration->installed && !apps.contains(migration->app)) continue;
    const auto name = migration->app + "." + migration->name;
    const bool replaced = !migration->replaces.empty() &&
                          std::all_of(migration->replaces.begin(), migration->replaces.end(),
                                      [&](const auto& old) { return applied.contains(old); });
    (applied.contains(name) || replaced ? state.applied : state.waiting).push_back(name);
  }
  if (seen.empty()) return no_files();
  for (const auto& app : apps)
    if (!seen.contains(app) && state.waiting.empty())
      return unknown(
          fmt::format("the migrations of the app {} were not found in the image", printable(app)));
  return decided(std::move(state));
}

/// Rows (version).
MigrationState rails(const Rows& rows, const Files& files) {
  std::set<std::string> applied;
  for (const auto& row : rows) applied.insert(row[0]);
  MigrationState state;
  std::map<std::string, std::string> in_image;
  for (const auto& file : files)
    if (file.path.ends_with(".rb"))
      if (auto version = leading_digits(file_name(file.path)); !version.empty())
        in_image.emplace(std::move(version), file_name(file.path));
  if (in_image.empty()) return no_files();
  for (const auto& [version, name] : in_image)
    (applied.contains(version) ? state.applied : state.waiting).push_back(name);
  return decided(std::move(state));
}

struct FlywayRow {
  std::string checksum;
  bool success = false;
};

/// Rows (script, type, checksum, success), oldest first.
MigrationState flyway(const Rows& rows, const Files& files) {
  std::map<std::string, FlywayRow, std::less<>> applied;
  for (const auto& row : rows) {
    if (row[1] == "JDBC" || row[1] == "SPRING_JDBC")
      return unknown("some of its migrations are Java classes");
    applied[std::string(file_name(row[0]))] = {row[2], is_true(row[3])};
  }
  MigrationState state;
  bool any = false;
  for (const auto& file : files) {
    const auto name = std::string(file_name(file.path));
    const bool repeatable = name.starts_with("R__");
    if (!name.ends_with(".sql") || (!repeatable && !name.starts_with("V"))) continue;
    any = true;
    const auto it = applied.find(name);
    const bool same =
        it != applied.end() && it->second.checksum == std::to_string(flyway_checksum(file.content));
    if (it != applied.end() && !same && !repeatable && it->second.success)
      return unknown(fmt::format("{} was changed after it was applied", printable(name)));
    const bool done = same && it->second.success;
    (done ? state.applied : state.waiting).push_back(name);
  }
  return any ? decided(std::move(state)) : no_files();
}

/// One row (version, dirty).
MigrationState golang_migrate(const Rows& rows, const Files& files) {
  std::map<std::int64_t, std::string> in_image;
  for (const auto& file : files)
    if (file.path.ends_with(".up.sql"))
      if (const auto version = number(leading_digits(file_name(file.path))))
        in_image.emplace(*version, file_name(file.path));
  if (in_image.empty()) return no_files();
  if (rows.size() > 1) return unknown("its table has more than one row");
  const auto at = rows.empty() ? std::optional<std::int64_t>(-1) : number(rows[0][0]);
  if (!at || (!rows.empty() && !in_image.contains(*at)))
    return unknown(fmt::format("the image does not know the version {}", printable(rows[0][0])));
  MigrationState state;
  for (const auto& [version, name] : in_image)
    (version > *at ? state.waiting : state.applied).push_back(name);
  state = decided(std::move(state));
  if (rows.empty() || !is_true(rows[0][1])) return state;
  state.pending = Pending::some;
  state.why = fmt::format("version {} has failed half-way (dirty)", *at);
  return state;
}

struct Reader {
  MigrationTool tool;
  const char* name;
  const char* table;
  std::vector<const char*> columns;  ///< that the table must have
  const char* read;                  ///< what is selected
  MigrationState (*compare)(const Rows&, const Files&);
};

const std::vector<Reader>& readers() {
  using enum MigrationTool;
  static const std::vector<Reader> table{
      {alembic, "Alembic", "alembic_version", {"version_num"}, "version_num", landfast::alembic},
      {prisma,
       "Prisma",
       "_prisma_migrations",
       {"migration_name", "checksum", "finished_at", "rolled_back_at"},
       "migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL",
       landfast::prisma},
      {drizzle,
       "Drizzle",
       "__drizzle_migrations",
       {"hash", "created_at"},
       "hash, created_at",
       landfast::drizzle},
      {django, "Django", "django_migrations", {"app", "name"}, "app, name", landfast::django},
      {golang_migrate,
       "golang-migrate",
       "schema_migrations",
       {"version", "dirty"},
       "version, dirty",
       landfast::golang_migrate},
      {rails, "Rails", "schema_migrations", {"version"}, "version", landfast::rails},
      {flyway,
       "Flyway",
       "flyway_schema_history",
       {"script", "type", "checksum", "success", "installed_rank"},
       "script, type, COALESCE(checksum, 0), success",
       landfast::flyway}};
  return table;
}

const Reader& reader_of(MigrationTool tool) {
  const auto& all = readers();
  return *std::find_if(all.begin(), all.end(), [&](const auto& r) { return r.tool == tool; });
}

std::size_t width_of(MigrationTool tool) {
  const std::string_view read = reader_of(tool).read;
  // A comma inside parentheses separates no columns.
  std::size_t width = 1;
  int depth = 0;
  for (const char c : read) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) ++width;
  }
  return width;
}

}  // namespace

std::string_view to_string(MigrationTool tool) { return reader_of(tool).name; }

std::string_view to_string(Pending pending) {
  constexpr std::array<std::string_view, 3> names{"none", "some", "unknown"};
  return names.at(static_cast<std::size_t>(pending));
}

MigrationState compare_migrations(MigrationTool tool, const std::vector<MigrationRow>& rows,
                                  const std::vector<ImageFile>& files) {
  const auto width = width_of(tool);
  const bool fits =
      std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row.size() == width; });
  std::vector<ImageFile> own;
  for (const auto& file : files)
    if (is_migration_file(tool, file.path)) own.push_back(file);
  std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  auto state = fits ? reader_of(tool).compare(rows, own)
                    : unknown("the rows of its table could not be read");
  state.tool = tool;
  return state;
}

bool is_migration_file(MigrationTool tool, std::string_view path) {
  const auto folder = file_name(file_folder(path));
  switch (tool) {
  case MigrationTool::alembic:
    return folder == "versions" && path.ends_with(".py");
  case MigrationTool::prisma:
    return file_name(path) == "migration.sql" &&
           file_name(file_folder(file_folder(path))) == "migrations";
  case MigrationTool::drizzle:
    return folder == "meta" && file_name(path) == "_journal.json";
  case MigrationTool::django:
    return folder == "migrations" && path.ends_with(".py");
  case MigrationTool::rails:
    return path.ends_with(".rb") && folder == "migrate" &&
           file_name(file_folder(file_folder(path))) == "db";
  case MigrationTool::flyway:
    return path.ends_with(".sql") && path.find("__") != std::string_view::npos;
  case MigrationTool::golang_migrate:
    return path.ends_with(".up.sql");
  }
  return false;
}

std::string tables_query() {
  std::set<std::string> names;
  for (const auto& reader : readers()) names.insert(fmt::format("'{}'", reader.table));
  const std::vector<std::string> list(names.begin(), names.end());
  return fmt::format(
      "SELECT table_schema, table_name, column_name FROM information_schema.columns "
      "WHERE table_name IN ({}) ORDER BY 1, 2, 3",
      join(list, ", "));
}

std::vector<MigrationTable> migration_tables(const std::vector<MigrationRow>& columns) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> tables;
  for (const auto& row : columns)
    if (row.size() == 3) tables[{row[0], row[1]}].insert(row[2]);
  std::vector<MigrationTable> out;
  for (const auto& [name, have] : tables)
    for (const auto& reader : readers()) {
      const bool all = name.second == reader.table &&
                       std::all_of(reader.columns.begin(), reader.columns.end(),
                                   [&](const char* c) { return have.contains(c); });
      if (!all) continue;
      out.push_back({reader.tool, name.first, name.second});
      break;  // golang-migrate's table is also of Rails' form: the one that asks for more is first
    }
  return out;
}

std::string applied_query(const MigrationTable& table, char quote) {
  const auto quoted = [quote](const std::string& name) {
    std::string out(1, quote);
    for (const char c : name) {
      if (c == quote) out += quote;
      out += c;
    }
    return out + quote;
  };
  auto sql = fmt::format("SELECT {} FROM {}.{}", reader_of(table.tool).read, quoted(table.schema),
                         quoted(table.table));
  if (table.tool == MigrationTool::flyway) sql += " ORDER BY installed_rank";
  return sql;
}

}  // namespace landfast
