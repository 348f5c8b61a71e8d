// SPDX-License-Identifier: Apache-2.0
#include "run/image_files.h"

#include <algorithm>

#include "base/tar_read.h"
#include "plan/names.h"
#include "run/creation.h"

namespace landfast {
namespace {

constexpr std::size_t largest_folder = std::size_t{64} << 20;

std::string working_dir(const Image& image) {
  const auto* value = image.config.if_contains("WorkingDir");
  const bool is_text = value != nullptr && value->is_string();
  std::string folder = is_text ? std::string(value->as_string()) : std::string();
  while (folder.ends_with('/')) folder.pop_back();
  return folder;
}

/// "3.12" of an image that says PYTHON_VERSION=3.12.4.
std::string python_version(const Image& image) {
  constexpr std::string_view name = "PYTHON_VERSION=";
  const auto* list = image.config.if_contains("Env");
  if (list == nullptr || !list->is_array()) return {};
  for (const auto& item : list->as_array()) {
    const std::string_view text = item.is_string() ? item.as_string() : std::string_view();
    if (!text.starts_with(name)) continue;
    const auto version = text.substr(name.size());
    return std::string(version.substr(0, version.find('.', version.find('.') + 1)));
  }
  return {};
}

/// Where the tool's files usually are; the working folder as a whole comes last.
std::vector<std::string> folders(const Image& image, MigrationTool tool) {
  const auto work = working_dir(image);
  std::vector<std::string> out;
  const auto in_work = [&](std::initializer_list<const char*> names) {
    for (const auto* name : names) out.push_back(work + "/" + name);
  };
  switch (tool) {
  case MigrationTool::alembic:
    in_work({"alembic/versions", "migrations/versions"});
    break;
  case MigrationTool::prisma:
    in_work({"prisma/migrations"});
    break;
  case MigrationTool::drizzle:
    in_work({"drizzle/meta", "migrations/meta", "drizzle/migrations/meta", "db/migrations/meta"});
    break;
  case MigrationTool::django:
    break;
  case MigrationTool::rails:
    in_work({"db/migrate"});
    break;
  case MigrationTool::flyway:
    out.emplace_back("/flyway/sql");
    in_work({"db/migration", "sql"});
    break;
  case MigrationTool::golang_migrate:
    out.emplace_back("/migrations");
    in_work({"migrations", "db/migrations", "db/migration"});
    break;
  }
  if (!work.empty()) out.push_back(work);
  return out;
}

Task<Status> read_folder(const Ports& ports, std::string container, std::string folder,
                         MigrationTool tool, std::vector<ImageFile>& into) {
  auto tar = co_await ports.engine.get_archive(container, folder, largest_folder);
  if (!tar && tar.error().code == Code::not_found) co_return Status{};
  if (!tar) co_return fail(wrap(std::move(tar).error(), folder + " of the image cannot be read"));
  CO_TRY(auto members, read_tar(*tar));
  const auto above = folder.substr(0, folder.rfind('/'));
  for (auto& member : members) {
    auto path = above + "/" + member.path;
    if (!member.folder && is_migration_file(tool, path))
      into.push_back({std::move(path), std::move(member.content)});
  }
  co_return Status{};
}

Task<Result<std::vector<ImageFile>>> read_from(const Ports& ports, std::string container,
                                               const Image& image, MigrationTool tool) {
  std::vector<ImageFile> files;
  for (auto& folder : folders(image, tool)) {
    CO_TRY_VOID(co_await read_folder(ports, container, std::move(folder), tool, files));
    if (!files.empty()) break;
  }
  const auto python = python_version(image);
  if (tool == MigrationTool::django && !python.empty()) {
    auto contrib = "/usr/local/lib/python" + python + "/site-packages/django/contrib";
    CO_TRY_VOID(co_await read_folder(ports, container, std::move(contrib), tool, files));
  }
  co_return files;
}

}  // namespace

Task<Result<std::vector<ImageFile>>> migration_files(const Ports& ports, std::string stack,
                                                     const Image& image, const World& world,
                                                     MigrationTool tool) {
  const auto there = std::find_if(world.containers.begin(), world.containers.end(),
                                  [&](const auto& c) { return c.image_id == image.id; });
  if (there != world.containers.end()) co_return co_await read_from(ports, there->id, image, tool);
  auto request = never_started(stack, image.id);
  CO_TRY(const auto made,
         co_await create_to_look(ports.engine, stack + "-landfast-look", std::move(request)));
  auto files = co_await read_from(ports, made, image, tool);
  // Its anonymous volumes were made with it and hold nothing: they go too.
  CO_TRY_VOID(co_await ports.engine.remove_container(made, true, true));
  co_return files;
}

}  // namespace landfast
