// SPDX-License-Identifier: Apache-2.0
#include "run/observe_migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/names.h"
#include "run/image_files.h"
#include "run/migration_tables.h"

namespace landfast {
namespace {

bool can_be_asked(StoreKind kind) {
  return kind == StoreKind::postgres || kind == StoreKind::mariadb || kind == StoreKind::mysql;
}

const Container* running(const World& world, const std::string& service) {
  const auto it =
      std::find_if(world.containers.begin(), world.containers.end(), [&](const auto& c) {
        return c.label(label::service) == service && c.status == ContainerStatus::running;
      });
  return it == world.containers.end() ? nullptr : &*it;
}

/// Compares a table with the first image that has files of its tool.
Task<StoreMigrations> compare(const Ports& ports, const Project& project, const World& world,
                              const Store& store, const ReadTable& read) {
  StoreMigrations out;
  out.store = store.service;
  out.database = read.database;
  out.state = compare_migrations(read.table.tool, read.rows, {});
  std::set<std::string> images;
  for (const auto& name : reaches(project, store)) {
    const auto& reference = project.services.at(name).image;
    const auto image = world.images.find(reference);
    if (name == store.service || image == world.images.end() ||
        !images.insert(image->second.id).second)
      continue;
    auto files =
        co_await migration_files(ports, project.name, image->second, world, read.table.tool);
    if (!files) {
      out.state.why = files.error().text;
      continue;
    }
    if (files->empty()) continue;
    out.service = name;
    out.state = compare_migrations(read.table.tool, read.rows, *files);
    co_return out;
  }
  co_return out;
}

}  // namespace

Task<Result<MigrationsSeen>> observe_migrations(const Ports& ports, const Project& project,
                                                const World& world) {
  MigrationsSeen seen;
  for (const auto& store : world.stores) {
    if (!can_be_asked(store.kind)) continue;
    const auto* container = running(world, store.service);
    if (container == nullptr) {
      seen.trouble.push_back(fmt::format("{} does not run: it cannot be asked", store.service));
      continue;
    }
    const auto tables = co_await read_migration_tables(ports, *container, store.kind);
    if (!tables) {
      seen.trouble.push_back(fmt::format("{}: {}", store.service, tables.error().text));
      continue;
    }
    for (const auto& table : *tables) {
      auto compared = co_await compare(ports, project, world, store, table);
      seen.tables.push_back(std::move(compared));
    }
  }
  co_return seen;
}

}  // namespace landfast
