// SPDX-License-Identifier: Apache-2.0
#include "model/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/text.h"
#include "model/store_content.h"

namespace landfast {
namespace {

enum class Strength : std::uint8_t { none, content, image, process, declared };

/// What a service is taken for, and by what.
struct Claimed {
  std::optional<StoreKind> kind;
  Strength strength = Strength::none;
  std::string why;
  bool serves = false;  ///< it is the server itself, not a job on the server's image
};

struct Known {
  std::string_view word;
  StoreKind kind;
};
constexpr std::array<Known, 8> programs{{{"postgres", StoreKind::postgres},
                                         {"mariadbd", StoreKind::mariadb},
                                         {"mysqld", StoreKind::mysql},
                                         {"redis-server", StoreKind::redis_data},
                                         {"valkey-server", StoreKind::redis_data},
                                         {"keydb-server", StoreKind::redis_data},
                                         {"mongod", StoreKind::mongodb},
                                         {"mariadb", StoreKind::mariadb}}};
constexpr std::array<Known, 9> variables{{{"PG_MAJOR", StoreKind::postgres},
                                          {"PGDATA", StoreKind::postgres},
                                          {"MARIADB_VERSION", StoreKind::mariadb},
                                          {"MARIADB_MAJOR", StoreKind::mariadb},
                                          {"MYSQL_VERSION", StoreKind::mysql},
                                          {"MYSQL_MAJOR", StoreKind::mysql},
                                          {"REDIS_VERSION", StoreKind::redis_data},
                                          {"VALKEY_VERSION", StoreKind::redis_data},
                                          {"MONGO_VERSION", StoreKind::mongodb}}};
constexpr std::array<Known, 8> declarations{{{"postgres", StoreKind::postgres},
                                             {"mariadb", StoreKind::mariadb},
                                             {"mysql", StoreKind::mysql},
                                             {"redis", StoreKind::redis_data},
                                             {"valkey", StoreKind::redis_data},
                                             {"sqlite", StoreKind::sqlite},
                                             {"mongo", StoreKind::mongodb},
                                             {"files", StoreKind::files}}};

template <std::size_t N>
std::optional<StoreKind> kind_of(const std::array<Known, N>& table, std::string_view word) {
  for (const auto& known : table)
    if (known.word == word) return known.kind;
  return std::nullopt;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string variable(const StoreEvidence& s, const std::string& name) {
  const auto it = s.image_environment.find(name);
  return it == s.image_environment.end() ? std::string() : it->second;
}

/// MariaDB's server was long called mysqld: its images say which it is.
StoreKind mysql_or_mariadb(const StoreEvidence& s, StoreKind kind) {
  if (kind != StoreKind::mysql) return kind;
  return variable(s, "MARIADB_VERSION").empty() && variable(s, "MARIADB_MAJOR").empty()
             ? kind
             : StoreKind::mariadb;
}

/// The value after an option in an argv; nullopt where it is absent.
std::optional<std::string> option(const StoreEvidence& s, std::string_view name) {
  for (std::size_t i = 0; i + 1 < s.command.size(); ++i)
    if (s.command[i] == name) return s.command[i + 1];
  return std::nullopt;
}

bool is_cache(const StoreEvidence& s) {
  const bool saves =
      option(s, "--save").value_or("3600 1").find_first_of("0123456789") != std::string::npos;
  const bool appends = option(s, "--appendonly").value_or("no") == "yes";
  const bool evicts = option(s, "--maxmemory-policy").value_or("").starts_with("allkeys-");
  const bool keeps = std::any_of(s.places.begin(), s.places.end(),
                                 [](const auto& place) { return !place.read_only; });
  return evicts || (!saves && !appends) || !keeps;
}

Claimed claimed(const StoreEvidence& s) {
  const auto as = [&](StoreKind kind, Strength strength, std::string why, bool serves = true) {
    kind = mysql_or_mariadb(s, kind);
    if (kind == StoreKind::redis_data && is_cache(s)) kind = StoreKind::redis_cache;
    return Claimed{kind, strength, std::move(why), serves};
  };
  if (const auto kind = kind_of(declarations, s.declared))
    return as(*kind, Strength::declared, "x-landfast.store: " + s.declared);
  for (const auto& process : s.processes)
    if (const auto kind = kind_of(programs, base_name(process)))
      return as(*kind, Strength::process, fmt::format("its process {}", base_name(process)));
  for (const auto& word : s.command)
    if (const auto kind = kind_of(programs, base_name(word)))
      return as(*kind, Strength::image, fmt::format("its command {}", base_name(word)));
  for (const auto& [name, kind] : variables)
    if (!variable(s, std::string(name)).empty())
      return as(kind, Strength::image, fmt::format("{} in its image", name), false);
  return {};
}

/// Where a server keeps its data by default: its place is mounted there or above.
std::vector<std::string> usual_folders(const StoreEvidence& s, StoreKind kind) {
  switch (kind) {
  case StoreKind::postgres:
    return {variable(s, "PGDATA"), "/var/lib/postgresql", "/bitnami/postgresql"};
  case StoreKind::mariadb:
    return {"/var/lib/mysql", "/bitnami/mariadb", "/config"};
  case StoreKind::mysql:
    return {"/var/lib/mysql", "/bitnami/mysql"};
  case StoreKind::redis_data:
  case StoreKind::redis_cache:
    return {option(s, "--dir").value_or(""), "/data", "/bitnami/redis", "/bitnami/valkey"};
  case StoreKind::mongodb:
    return {option(s, "--dbpath").value_or(""), "/data/db", "/bitnami/mongodb"};
  case StoreKind::sqlite:
  case StoreKind::files:
    return {};
  }
  return {};
}

bool contains_path(std::string_view outer, std::string_view inner) {
  return inner == outer || (inner.starts_with(outer) && inner.substr(outer.size()).front() == '/');
}

bool is_usual(const StoreEvidence& s, const DataPlace& place, StoreKind kind) {
  const auto folders = usual_folders(s, kind);
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return !folder.empty() &&
           (contains_path(place.target, folder) || contains_path(folder, place.target));
  });
}

bool same_family(StoreKind a, StoreKind b) {
  const auto family = [](StoreKind k) {
    if (k == StoreKind::redis_cache) return StoreKind::redis_data;
    return k == StoreKind::mysql ? StoreKind::mariadb : k;
  };
  return family(a) == family(b);
}

std::string version_of(const StoreEvidence& s, StoreKind kind) {
  const auto first = [&](std::initializer_list<const char*> names) {
    for (const auto* name : names)
      if (auto value = variable(s, name); !value.empty()) return value;
    return std::string();
  };
  auto text = kind == StoreKind::postgres  ? first({"PG_MAJOR", "PG_VERSION"})
              : kind == StoreKind::mariadb ? first({"MARIADB_VERSION", "MARIADB_MAJOR"})
              : kind == StoreKind::mysql   ? first({"MYSQL_VERSION", "MYSQL_MAJOR"})
              : kind == StoreKind::mongodb ? first({"MONGO_VERSION", "MONGO_MAJOR"})
              : is_server(kind)            ? first({"REDIS_VERSION", "VALKEY_VERSION"})
                                           : std::string();
  if (const auto epoch = text.find(':'); epoch != std::string::npos) text.erase(0, epoch + 1);
  return text.substr(0, text.find_first_of("+-~"));  // "1:11.4.2+maria~ubu2204"
}

class Detection {
 public:
  explicit Detection(const std::map<std::string, VolumeContent>& contents) : contents_(contents) {}

  void look_at(const StoreEvidence& s) {
    const auto claim = claimed(s);
    const auto* main = main_place(s, claim);
    if (main == nullptr && claim.serves && is_server(*claim.kind)) {
      stores_.emplace_back(
          Store{*claim.kind, s.service, {}, {}, {}, version_of(s, *claim.kind), claim.why},
          claim.strength);
    }
    for (const auto& place : s.places)
      if (!place.read_only) offer(s, place, &place == main ? claim : Claimed{});
  }

  std::vector<Store> end() {
    std::vector<Store> out;
    for (auto& [store, strength] : stores_) out.push_back(std::move(store));
    std::stable_sort(out.begin(), out.end(), [](const Store& a, const Store& b) {
      return std::tie(a.service, a.target) < std::tie(b.service, b.target);
    });
    return out;
  }

 private:
  [[nodiscard]] const VolumeContent* content(const DataPlace& place) const {
    const auto it = contents_.find(place.path);
    return place.path.empty() || it == contents_.end() ? nullptr : &it->second;
  }
  [[nodiscard]] FoundStore found(const DataPlace& place) const {
    const auto* c = content(place);
    return c == nullptr ? FoundStore{} : store_in(*c);
  }

  /// The place where the service keeps what it is taken for.
  [[nodiscard]] const DataPlace* main_place(const StoreEvidence& s, const Claimed& claim) const {
    if (!claim.kind) return nullptr;
    for (const auto& place : s.places)
      if (const auto seen = found(place); seen.kind && same_family(*seen.kind, *claim.kind))
        return &place;
    for (const auto& place : s.places) {
      const auto* c = content(place);
      const bool nothing_yet = c == nullptr || c->files.empty();
      if (!place.read_only && is_usual(s, place, *claim.kind) &&
          (nothing_yet || claim.strength == Strength::declared))
        return &place;
    }
    if (claim.strength != Strength::declared) return nullptr;
    const auto writable = std::find_if(s.places.begin(), s.places.end(),
                                       [](const auto& place) { return !place.read_only; });
    return writable == s.places.end() ? nullptr : &*writable;
  }

  void offer(const StoreEvidence& s, const DataPlace& place, Claimed claim) {
    const auto seen = found(place);
    const bool known = content(place) != nullptr;
    if (!claim.kind && !known && place.volume.empty()) return;  // a file, a socket, nothing yet
    if (!claim.kind) {
      claim.kind = seen.kind.value_or(StoreKind::files);
      claim.strength = seen.kind ? Strength::content : Strength::none;
      claim.why = seen.kind ? seen.why : known ? "no database in it" : "not looked into";
    }
    auto version = seen.kind && same_family(*seen.kind, *claim.kind) ? seen.version : std::string();
    if (version.empty()) version = version_of(s, *claim.kind);
    Store store{*claim.kind,  s.service,          place.volume,        place.path,
                place.target, std::move(version), std::move(claim.why)};
    store.empty = known && content(place)->files.empty() && !content(place)->cut;
    add(std::move(store), claim.strength);
  }

  /// One store per place: the strongest word wins, then the first service.
  void add(Store store, Strength strength) {
    const auto same = [&](const auto& other) {
      return store.volume.empty() ? !store.path.empty() && other.first.path == store.path
                                  : other.first.volume == store.volume;
    };
    const auto it = std::find_if(stores_.begin(), stores_.end(), same);
    if (it == stores_.end())
      stores_.emplace_back(std::move(store), strength);
    else if (strength > it->second)
      *it = {std::move(store), strength};
  }

  const std::map<std::string, VolumeContent>& contents_;
  std::vector<std::pair<Store, Strength>> stores_;
};

}  // namespace

std::string_view to_string(StoreKind kind) {
  constexpr std::array<std::string_view, 8> names{"PostgreSQL",    "MariaDB", "MySQL",  "Redis",
                                                  "Redis (cache)", "MongoDB", "SQLite", "files"};
  return names.at(static_cast<std::size_t>(kind));
}

bool is_server(StoreKind kind) { return kind != StoreKind::sqlite && kind != StoreKind::files; }

bool is_never_empty(StoreKind kind) {
  return kind == StoreKind::postgres || kind == StoreKind::mariadb || kind == StoreKind::mysql ||
         kind == StoreKind::mongodb;
}

std::vector<Store> detect_stores(const std::vector<StoreEvidence>& services,
                                 const std::map<std::string, VolumeContent>& contents) {
  Detection detection(contents);
  auto sorted = services;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.service < b.service; });
  for (const auto& service : sorted) detection.look_at(service);
  return detection.end();
}

}  // namespace landfast
