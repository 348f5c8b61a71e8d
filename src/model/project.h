// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "model/extension.h"

namespace landfast {

/// A canonical Compose object, as `docker compose config --format json` prints it (key order
/// included, `$` not doubled). It holds the values of variables, so it cannot print itself.
class Canonical {
 public:
  Canonical() = default;
  explicit Canonical(boost::json::object value) : value_(std::move(value)) {}
  [[nodiscard]] const boost::json::object& reveal() const { return value_; }
  [[nodiscard]] boost::json::object& edit() { return value_; }

 private:
  boost::json::object value_;
};

/// When a dependency counts as there (Compose Specification, depends_on).
enum class DependencyCondition : std::uint8_t { started, healthy, completed_successfully };

struct Dependency {
  std::string service;
  DependencyCondition condition = DependencyCondition::started;
  bool required = true;
  bool restart = false;  ///< restart (and recreate) this one when the dependency was replaced
};

/// `healthcheck` with the defaults of the engine left open.
struct Healthcheck {
  bool disabled = false;
  std::vector<std::string> test;  ///< {"CMD", …} or {"CMD-SHELL", "…"}; empty: the image's own
  std::optional<std::chrono::nanoseconds> interval, timeout, start_period, start_interval;
  std::optional<int> retries;
};

struct PublishedPort {
  std::string host_ip;    ///< empty: all addresses
  std::string published;  ///< "8080", a range "8000-8002", or empty: the engine chooses
  std::uint16_t target = 0;
  std::string protocol = "tcp";
};

enum class MountKind : std::uint8_t { volume, bind, tmpfs, image, npipe, cluster };

struct ServiceMount {
  MountKind kind = MountKind::volume;
  std::string source;  ///< volume key, absolute host path, or empty for an anonymous volume
  std::string target;
  bool read_only = false;
  boost::json::object canonical;  ///< the long form, with bind/volume/tmpfs options
};

/// A `configs` or `secrets` entry of a service.
struct FileGrant {
  std::string source;  ///< key of the top-level object
  std::string target;  ///< absolute path in the container
  std::string uid, gid;
  std::optional<std::uint32_t> mode;
};

/// One service of the model after load (Compose Specification, services).
struct Service {
  std::string name;
  std::string image;  ///< as written; `<project>-<service>` for one that is only built
  bool has_build = false;
  boost::json::object build;  ///< canonical `build`, empty where there is none
  std::string pull_policy;    ///< "", always, never, missing, build, daily, weekly, every_…
  std::string platform;
  std::string container_name;
  std::vector<std::string> profiles;
  int replicas = 1;
  std::vector<Dependency>
      depends_on;  ///< with the implicit ones of links, namespaces, volumes_from
  Healthcheck healthcheck;
  bool has_healthcheck = false;
  std::vector<PublishedPort> ports;
  std::vector<std::string> expose;
  std::vector<ServiceMount> mounts;
  std::map<std::string, std::optional<Secret>> environment;  ///< nullopt unsets the image's
  std::vector<std::string> networks;  ///< keys, highest priority first, then by name
  std::string network_mode;           ///< "", host, none, bridge, service:X, container:X, …
  std::string restart;  ///< the file's policy: "", no, always, unless-stopped, on-failure[:N]
  std::optional<std::chrono::nanoseconds> stop_grace_period;
  std::vector<FileGrant> configs, secrets;
  std::map<std::string, std::string> labels;
  ServiceExtension landfast;
  /// The service object as Compose prints it; the source of the engine's create request.
  Canonical canonical;
  Mark mark;  ///< of its key
};

struct Network {
  std::string key;
  std::string name;  ///< on the engine
  bool external = false;
  boost::json::object canonical;
  Mark mark;
};

struct Volume {
  std::string key;
  std::string name;  ///< on the engine
  bool external = false;
  std::string driver;
  boost::json::object canonical;
  Mark mark;
};

/// A top-level `configs` or `secrets` object.
struct FileObject {
  std::string key;
  std::string name;
  bool external = false;
  std::string file;               ///< absolute path, empty where content or environment is given
  std::optional<Secret> content;  ///< resolved content or environment value; file bytes once read
  std::string digest;             ///< SHA-256 of the content, empty until it was read
  Mark mark;
};

/// A finding that does not stop a load.
struct Warning {
  std::string text;
  std::optional<Mark> mark;
  std::string path;
};

/// The desired state: a pure value. `services` holds the enabled ones; those that the profiles of
/// this call leave out are in `disabled` and are known, not orphans.
struct Project {
  std::string name;
  std::string working_dir;                ///< absolute
  std::vector<std::string> config_files;  ///< absolute, in order of merging
  std::vector<std::string> env_files;     ///< as given with --env-file, absolute
  std::vector<std::string> profiles;      ///< active ones
  std::map<std::string, Service> services;
  std::map<std::string, Service> disabled;
  std::map<std::string, Network> networks;
  std::map<std::string, Volume> volumes;
  std::map<std::string, FileObject> configs;
  std::map<std::string, FileObject> secrets;
  /// Digests of bind-mounted regular files (≤ 1 MiB), by host path; a path that is absent was not
  /// read (a directory, a socket, too large).
  std::map<std::string, std::string> file_digests;
  /// JSON texts of the profiles that `security_opt: seccomp=FILE` names, by the path as written.
  std::map<std::string, std::string> seccomp_profiles;
  StackExtension landfast;
  /// `docker compose config` as a value: the whole project, keys in Compose's order.
  Canonical canonical;
  std::vector<Warning> warnings;
};

}  // namespace landfast
