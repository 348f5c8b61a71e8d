// SPDX-License-Identifier: Apache-2.0
#include "model/store_content.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace landfast {
namespace {

using namespace std::string_view_literals;

constexpr auto sqlite_magic = "SQLite format 3\0"sv;

/// The folder of a path with its slash, "" at the top.
std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }
std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

const FoundFile* find(const VolumeContent& content, const std::string& path) {
  const auto it = std::find_if(content.files.begin(), content.files.end(),
                               [&](const auto& file) { return file.path == path; });
  return it == content.files.end() ? nullptr : &*it;
}

/// Calls `look` with the folder of each file of that name; the first answer counts.
template <class Look>
FoundStore beside(const VolumeContent& content, std::string_view name, Look look) {
  for (const auto& file : content.files)
    if (name_of(file.path) == name)
      if (auto found = look(folder_of(file.path), file); found.kind) return found;
  return {};
}

FoundStore postgres(const VolumeContent& content) {
  return beside(content, "PG_VERSION", [&](const std::string& folder, const FoundFile& file) {
    if (find(content, folder + "global/pg_control") == nullptr) return FoundStore{};
    return FoundStore{StoreKind::postgres, std::string(trim(file.head)),
                      fmt::format("{} in it", printable(file.path))};
  });
}

FoundStore mysql(const VolumeContent& content) {
  return beside(content, "ibdata1", [&](const std::string& folder, const FoundFile& file) {
    const bool has_system =
        std::any_of(content.files.begin(), content.files.end(), [&](const auto& other) {
          return other.path == folder + "mysql.ibd" || other.path.starts_with(folder + "mysql/");
        });
    if (!has_system) return FoundStore{};
    const bool maria = find(content, folder + "aria_log_control") != nullptr;
    return FoundStore{maria ? StoreKind::mariadb : StoreKind::mysql,
                      {},
                      fmt::format("{} in it", printable(file.path))};
  });
}

FoundStore redis(const VolumeContent& content) {
  for (const auto& file : content.files) {
    const auto name = name_of(file.path);
    const bool dump = name.ends_with(".rdb") &&
                      (file.head.starts_with("REDIS") || file.head.starts_with("VALKEY"));
    const bool log =
        folder_of(file.path).ends_with("appendonlydir/") && name.ends_with(".manifest");
    if (dump || log || (name == "appendonly.aof" && file.size > 0))
      return {StoreKind::redis_data, {}, fmt::format("{} in it", printable(file.path))};
  }
  return {};
}

FoundStore mongo(const VolumeContent& content) {
  return beside(content, "WiredTiger", [&](const std::string& folder, const FoundFile& file) {
    if (find(content, folder + "WiredTiger.wt") == nullptr &&
        find(content, folder + "WiredTiger.turtle") == nullptr)
      return FoundStore{};
    return FoundStore{StoreKind::mongodb, {}, fmt::format("{} in it", printable(file.path))};
  });
}

FoundStore sqlite(const VolumeContent& content) {
  for (const auto& file : content.files)
    if (file.head.starts_with(sqlite_magic))
      return {StoreKind::sqlite, {}, fmt::format("{} in it", printable(file.path))};
  return {};
}

}  // namespace

FoundStore store_in(const VolumeContent& content) {
  for (const auto look : {postgres, mysql, redis, mongo, sqlite})
    if (auto found = look(content); found.kind) return found;
  return {};
}

}  // namespace landfast
