// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/sqlite.h"

namespace landfast::journal {

/// One named part of schema.sql.
struct Migration {
  std::string name;
  std::string sql;
};

/// The parts of schema.sql, in order.
[[nodiscard]] const std::vector<Migration>& migrations();

/// Splits a text at its `-- migration NAME` lines; what stands before the first one is left out.
[[nodiscard]] std::vector<Migration> split_migrations(std::string_view sql);

/// Runs those of `wanted` that the file does not have, each in a transaction of its own, and writes
/// `version` (of landfast) and `at` beside each. Errors: `unsupported` where the file has parts
/// that `wanted` does not know (a newer landfast wrote it), `corrupt` where it is no journal.
Status migrate(sqlite::Connection& connection, const std::vector<Migration>& wanted,
               std::string_view version, std::string_view at);

}  // namespace landfast::journal
