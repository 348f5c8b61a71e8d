// SPDX-License-Identifier: Apache-2.0
#include "journal/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

// Makes the build see a change of the file that .incbin reads.
#if !__has_include("journal/schema.sql")
#error "src/journal/schema.sql is missing"
#endif

asm(R"(
  .pushsection .rodata
  .globl landfast_schema_begin
  .globl landfast_schema_end
landfast_schema_begin:
  .incbin "journal/schema.sql"
landfast_schema_end:
  .byte 0
  .popsection
)");
extern "C" const char landfast_schema_begin[], landfast_schema_end[];

namespace landfast::journal {
namespace {

using sqlite::Connection;
using sqlite::Transaction;

constexpr std::int64_t application_id = 0x4c46'4a31;  // "LFJ1"

/// Refuses a database that something else made.
Status ours(Connection& c) {
  TRY(const auto id, c.integer("PRAGMA application_id"));
  if (id == application_id) return {};
  TRY(const auto tables, c.integer("SELECT count(*) FROM sqlite_schema"));
  if (id == 0 && tables == 0) return {};
  return fail(Code::corrupt, "journal.db is an SQLite file, but not a journal of landfast");
}

struct Applied {
  std::string name, version;
};

Result<std::vector<Applied>> applied(Connection& c) {
  std::vector<Applied> names;
  TRY(const auto any,
      c.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration'"));
  if (any == 0) return names;
  TRY(auto rows, c.query("SELECT name, landfast FROM migration ORDER BY id"));
  for (;;) {
    TRY(const bool row, rows.next());
    if (!row) return names;
    names.push_back({rows.text(0), rows.text(1)});
  }
}

Status refuse_newer(const std::vector<Applied>& have, const std::vector<Migration>& wanted,
                    std::string_view version) {
  for (const auto& a : have) {
    if (std::any_of(wanted.begin(), wanted.end(), [&](const auto& m) { return m.name == a.name; }))
      continue;
    return fail(
        Code::unsupported,
        fmt::format("the journal was written by landfast {} (its schema has {}), this is "
                    "landfast {}",
                    printable(a.version), in_quotes(a.name), version),
        fmt::format("Use landfast {} or a newer one. Nothing was changed.", printable(a.version)));
  }
  return {};
}

constexpr std::string_view migration_table =
    "CREATE TABLE IF NOT EXISTS migration (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " landfast TEXT NOT NULL, at TEXT NOT NULL) STRICT;";

Status make_append_only(Connection& c) {
  std::vector<std::string> tables;
  {
    TRY(auto rows, c.query("SELECT name FROM sqlite_schema WHERE type = 'table'"
                           " AND name NOT LIKE 'sqlite%'"));
    for (;;) {
      TRY(const bool row, rows.next());
      if (!row) break;
      tables.push_back(rows.text(0));
    }
  }
  for (const auto& table : tables)
    for (const std::string_view verb : {"UPDATE", "DELETE"})
      TRY_VOID(c.script(
          fmt::format("CREATE TRIGGER IF NOT EXISTS {0}_no_{1} BEFORE {1} ON {0} BEGIN"
                      " SELECT RAISE(ABORT, 'the journal is append-only: no {1} on {0}'); END",
                      table, verb)));
  return {};
}

Status apply(Connection& c, const Migration& m, std::string_view version, std::string_view at) {
  TRY_VOID(
      c.script(fmt::format("PRAGMA application_id = {}; {}", application_id, migration_table)));
  TRY_VOID(c.script(m.sql));
  TRY_VOID(make_append_only(c));
  return c.execute("INSERT INTO migration (name, landfast, at) VALUES (?, ?, ?)",
                   {m.name, version, at});
}

bool has(const std::vector<Applied>& have, const std::string& name) {
  return std::any_of(have.begin(), have.end(), [&](const auto& a) { return a.name == name; });
}

}  // namespace

std::vector<Migration> split_migrations(std::string_view sql) {
  constexpr std::string_view mark = "-- migration ";
  std::vector<Migration> parts;
  for (const auto& line : split(sql, '\n')) {
    if (line.starts_with(mark))
      parts.push_back({std::string(trim(std::string_view(line).substr(mark.size()))), ""});
    else if (!parts.empty())
      parts.back().sql += line + '\n';
  }
  return parts;
}

const std::vector<Migration>& migrations() {
  static const auto parts =
      split_migrations({landfast_schema_begin,
                        static_cast<std::size_t>(landfast_schema_end - landfast_schema_begin)});
  return parts;
}

Status migrate(Connection& c, const std::vector<Migration>& wanted, std::string_view version,
               std::string_view at) {
  TRY_VOID(ours(c));
  TRY(auto have, applied(c));
  TRY_VOID(refuse_newer(have, wanted, version));
  for (const auto& m : wanted) {
    if (has(have, m.name)) continue;
    TRY(auto transaction, Transaction::begin(c, Transaction::Kind::write));
    // Another process may have been first: look again under the lock.
    TRY(have, applied(c));
    TRY_VOID(refuse_newer(have, wanted, version));
    if (has(have, m.name)) continue;
    TRY_VOID(apply(c, m, version, at));
    TRY_VOID(transaction.commit());
  }
  return {};
}

}  // namespace landfast::journal
