// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "run/run.h"
#include "sql/migration_state.h"

namespace landfast {

/// What a migration tool's table in a database says against the image that would migrate it.
struct StoreMigrations {
  std::string store;     ///< the service that runs the database
  std::string database;  ///< and the schema, where that is not the database itself
  std::string service;   ///< whose image was compared, "" where none has such files
  MigrationState state;
};

/// What `observe_migrations` saw.
struct MigrationsSeen {
  std::vector<StoreMigrations> tables;
  std::vector<std::string> trouble;  ///< servers that could not be asked, a sentence each
};

/// Asks each running PostgreSQL, MariaDB and MySQL of `world.stores` for tables of known tools and
/// compares them with the images of the services that reach it. Changes nothing but that an image
/// of which no container is there gets one for a moment, which is never started. A store that
/// does not answer is left out; its error is in `trouble`.
Task<Result<MigrationsSeen>> observe_migrations(const Ports& ports, const Project& project,
                                                const World& world);

/// What is known of the migrations of these services' images: what their `pending` command says,
/// else what their tool's tables in the stores that they reach tell. A service that nothing is
/// known of is left out: unknown means pending. Changes as little as `observe_migrations`.
Task<std::map<std::string, PendingMigrations>> observe_pending(const Ports& ports,
                                                               const Project& project,
                                                               const World& world,
                                                               std::set<std::string> services);

}  // namespace landfast
