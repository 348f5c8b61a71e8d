// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "run/run.h"
#include "sql/migration_state.h"

namespace landfast {

/// A tool's table with its rows, as a server gave them.
struct ReadTable {
  std::string database;
  MigrationTable table;
  std::vector<MigrationRow> rows;
};

/// Reads the tables of known tools from a running database server, with its image's own client.
Task<Result<std::vector<ReadTable>>> read_migration_tables(const Ports& ports,
                                                           const Container& container,
                                                           StoreKind kind);

}  // namespace landfast
