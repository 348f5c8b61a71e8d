// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

struct Project;

/// What kind of data a service keeps. `redis_data` and `redis_cache` are Redis or Valkey.
enum class StoreKind : std::uint8_t {
  postgres,
  mariadb,
  mysql,
  redis_data,
  redis_cache,
  mongodb,
  sqlite,
  files
};

/// "PostgreSQL", "MariaDB", "Redis (cache)", "files" …
[[nodiscard]] std::string_view to_string(StoreKind kind);
/// A server of its own (not SQLite, not files): stopping it cleanly matters.
[[nodiscard]] bool is_server(StoreKind kind);

/// A server that makes its files when it first starts and never is without them again.
[[nodiscard]] bool is_never_empty(StoreKind kind);

/// Which directory a path names: the same after a rename, another after an exchange.
struct VolumeIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend auto operator<=>(const VolumeIdentity&, const VolumeIdentity&) = default;
};

/// What is known of a place of data on the disk.
struct VolumeFacts {
  std::string path;  ///< absolute, `…/volumes/NAME/_data`
  VolumeIdentity identity;
  std::uint64_t bytes = 0;       ///< allocated on the disk
  std::uint64_t files = 0;       ///< entries of any type, the top folder left out
  bool cut = false;              ///< a bound was reached: `bytes` and `files` are at least so many
  std::uint64_t free_bytes = 0;  ///< of its filesystem, for this user
  bool reflink = false;          ///< its filesystem shares blocks between copies
  /// Why its `_data` cannot be exchanged with another volume's, one sentence without a final stop;
  /// empty where it can.
  std::string cannot_exchange;
};

/// A file of a volume as far as detection looks at it.
struct FoundFile {
  std::string path;  ///< relative to the volume's top
  std::uint64_t size = 0;
  std::string head;  ///< first bytes, at most 32, where they may tell something; else empty
};

/// A bounded look into a volume: its regular files up to depth 4, shallow ones first.
struct VolumeContent {
  std::vector<FoundFile> files;
  bool cut = false;  ///< there are more, or what is mounted there is hidden now
};

/// A place of data that a service has in its containers: a volume or a folder of the host.
struct DataPlace {
  std::string volume;  ///< the volume's name on the engine; empty for a bind mount
  std::string path;    ///< of the host: the volume's mountpoint or the bind's source
  std::string target;  ///< in the container
  bool read_only = false;
};

/// All that tells what a service keeps: the input of `detect_stores`.
struct StoreEvidence {
  std::string service;
  std::string declared;                ///< `x-landfast.store`, empty where it says nothing
  std::vector<std::string> processes;  ///< names in its running containers, empty where none runs
  std::map<std::string, std::string> image_environment;  ///< of the image, then the container's
  std::vector<std::string> command;                      ///< argv with the entrypoint before it
  std::vector<DataPlace> places;                         ///< what it mounts, writable or not
};

/// Data of the stack: what it is, where it is and whose it is.
struct Store {
  StoreKind kind = StoreKind::files;
  std::string service;  ///< that runs it, or the first one that writes to it
  std::string volume;   ///< the volume's name on the engine; empty for a bind mount or for none
  std::string path;     ///< of the host; empty where nothing is mounted
  std::string target;   ///< of the mount in the service's container
  std::string version;  ///< "15", "11.4", empty where unknown
  std::string why;      ///< what told it: "its process postgres", "PG_VERSION in the volume"
  bool empty = false;   ///< its place was looked into, and no file is in it
  friend bool operator==(const Store&, const Store&) = default;

  /// What its data is called: the volume's name, or the host's path of a bind mount.
  [[nodiscard]] const std::string& place() const { return volume.empty() ? path : volume; }
};

/// What the services keep, one store per place of data (a cache may have none), by service name
/// and target. `contents` by the place's host path. What a person declared wins over the process,
/// that over the image's configuration, that over the content; names of images prove nothing.
[[nodiscard]] std::vector<Store> detect_stores(
    const std::vector<StoreEvidence>& services,
    const std::map<std::string, VolumeContent>& contents);

/// The services that can write to the store, its own among them, sorted: those that mount its
/// place, or share a network with its service and depend on it or name it in environment (env
/// files among it), command or entrypoint.
[[nodiscard]] std::vector<std::string> reaches(const Project& project, const Store& store);

}  // namespace landfast
