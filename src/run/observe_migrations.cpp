// SPDX-License-Identifier: Apache-2.0
#include "run/observe_migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "plan/names.h"
#include "run/image_files.h"
#include "run/migration_tables.h"
#include "run/pending_command.h"

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

/// A table that was read, and the store that it is in.
struct StoreTable {
  const Store* store = nullptr;
  ReadTable read;
};

struct Tables {
  std::vector<StoreTable> list;
  std::vector<std::string> trouble;
};

Task<void> read_store(const Ports& ports, const World& world, const Store& store, Tables& into) {
  if (!can_be_asked(store.kind)) co_return;
  const auto* container = running(world, store.service);
  if (container == nullptr) {
    into.trouble.push_back(fmt::format("{} does not run: it cannot be asked", store.service));
    co_return;
  }
  auto tables = co_await read_migration_tables(ports, *container, store.kind);
  if (!tables) {
    into.trouble.push_back(fmt::format("{}: {}", store.service, tables.error().text));
    co_return;
  }
  for (auto& table : *tables) into.list.push_back({&store, std::move(table)});
}

/// The files of images, each read once.
class ImageFiles {
 public:
  ImageFiles(const Ports& ports, const Project& project, const World& world)
      : ports_(ports), project_(project), world_(world) {}

  /// Of the image that a service would run now; empty where it is not here.
  Task<Result<std::vector<ImageFile>>> of(std::string service, MigrationTool tool) {
    const auto image = world_.images.find(project_.services.at(service).image);
    if (image == world_.images.end()) co_return std::vector<ImageFile>{};
    const std::pair key(image->second.id, tool);
    if (const auto known = files_.find(key); known != files_.end()) co_return known->second;
    auto files = co_await migration_files(ports_, project_.name, image->second, world_, tool);
    files_.emplace(key, files);
    co_return files;
  }

 private:
  const Ports& ports_;
  const Project& project_;
  const World& world_;
  std::map<std::pair<std::string, MigrationTool>, Result<std::vector<ImageFile>>> files_;
};

/// Compares a table with the first image that has files of its tool.
Task<StoreMigrations> compare(const Project& project, const StoreTable& table, ImageFiles& images) {
  StoreMigrations out;
  out.store = table.store->service;
  out.database = table.read.database;
  out.state = compare_migrations(table.read.table.tool, table.read.rows, {});
  for (const auto& name : reaches(project, *table.store)) {
    if (name == table.store->service) continue;
    auto files = co_await images.of(name, table.read.table.tool);
    if (!files) {
      out.state.why = files.error().text;
      continue;
    }
    if (files->empty()) continue;
    out.service = name;
    out.state = compare_migrations(table.read.table.tool, table.read.rows, *files);
    co_return out;
  }
  co_return out;
}

std::string with_tool(const StoreTable& table, const std::string& why) {
  return fmt::format("{} in {}: {}", to_string(table.read.table.tool), table.store->service,
                     printable(why));
}

/// What the tables that a service reaches say of its image; nullopt where none is of its tool.
Task<std::optional<PendingMigrations>> pending_of(const Project& project, std::string service,
                                                  const Tables& tables, ImageFiles& images) {
  std::optional<PendingMigrations> found;
  for (const auto& table : tables.list) {
    const auto reaching = reaches(project, *table.store);
    if (std::find(reaching.begin(), reaching.end(), service) == reaching.end()) continue;
    auto files = co_await images.of(service, table.read.table.tool);
    if (!files) co_return PendingMigrations{false, with_tool(table, files.error().text)};
    if (files->empty()) continue;
    auto state = compare_migrations(table.read.table.tool, table.read.rows, *files);
    auto why = with_tool(table, state.why);
    if (state.pending != Pending::none) co_return PendingMigrations{false, std::move(why)};
    if (!found) found = PendingMigrations{true, std::move(why)};
  }
  co_return found;
}

}  // namespace

Task<Result<MigrationsSeen>> observe_migrations(const Ports& ports, const Project& project,
                                                const World& world) {
  Tables tables;
  for (const auto& store : world.stores) co_await read_store(ports, world, store, tables);
  MigrationsSeen seen;
  seen.trouble = std::move(tables.trouble);
  ImageFiles images(ports, project, world);
  for (const auto& table : tables.list) {
    auto compared = co_await compare(project, table, images);
    seen.tables.push_back(std::move(compared));
  }
  co_return seen;
}

Task<std::map<std::string, PendingMigrations>> observe_pending(const Ports& ports,
                                                               const Project& project,
                                                               const World& world,
                                                               std::set<std::string> services) {
  Tables tables;
  for (const auto& store : world.stores) co_await read_store(ports, world, store, tables);
  std::map<std::string, PendingMigrations> migrations;
  ImageFiles images(ports, project, world);
  for (const auto& name : services) {
    if (!project.services.at(name).landfast.pending.empty()) {
      auto answer = co_await ask_pending_command(ports, project, world, name);
      migrations.emplace(name, std::move(answer));
      continue;
    }
    auto pending = co_await pending_of(project, name, tables, images);
    if (pending) migrations.emplace(name, std::move(*pending));
  }
  co_return migrations;
}

}  // namespace landfast
