// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/route_table.h"
#include "model/store.h"

namespace landfast {

/// What an engine can do; from `/version` and `/info` (Engine API v1.41).
struct EngineFacts {
  std::string version;      ///< "20.10.24"
  std::string api_version;  ///< the negotiated one, "1.41"
  std::string os, arch;
  std::string storage_driver;
  std::string root_dir;
  std::string cgroup_version;  ///< "1" or "2"
  bool memory_limit = true;
  bool swap_limit = true;
  bool cpu_quota = true;
  bool pids_limit = true;
  bool rootless = false;
  bool swarm = false;
  std::vector<std::string> runtimes;
  std::string default_runtime;  ///< /info DefaultRuntime, "" where unknown
  std::string logging_driver;   ///< /info LoggingDriver, "" where unknown
  std::vector<std::string> warnings;
  std::string id;  ///< the daemon's own id
  /// HTTP_PROXY and the like that the docker client's config.json gives containers of this engine.
  std::map<std::string, std::string> proxy_environment;
};

enum class ContainerStatus : std::uint8_t {
  created,
  running,
  paused,
  restarting,
  removing,
  exited,
  dead
};
enum class HealthStatus : std::uint8_t { none, starting, healthy, unhealthy };

struct RestartPolicy {
  std::string name;  ///< "", no, always, unless-stopped, on-failure
  int maximum_retry_count = 0;
  friend bool operator==(const RestartPolicy&, const RestartPolicy&) = default;
};

/// A container as `GET /containers/{id}/json` shows it.
struct Container {
  std::string id;
  std::string name;  ///< without the leading slash
  std::string image_id;
  std::string image_ref;  ///< Config.Image
  std::map<std::string, std::string> labels;
  ContainerStatus status = ContainerStatus::created;
  HealthStatus health = HealthStatus::none;
  int exit_code = 0;
  std::int64_t pid = 0;
  int restart_count = 0;
  bool oom_killed = false;
  std::string created;     ///< RFC 3339, as the engine gives it
  std::string started_at;  ///< RFC 3339, "0001-…" where never started
  std::string finished_at;
  std::string error;  ///< State.Error
  RestartPolicy restart_policy;
  boost::json::object config;       ///< Config
  boost::json::object host_config;  ///< HostConfig
  boost::json::object networks;     ///< NetworkSettings.Networks, by network name
  boost::json::object published;    ///< NetworkSettings.Ports
  boost::json::array mounts;        ///< Mounts
  boost::json::object health_log;   ///< State.Health, empty where there is none

  /// The value of a label, "" where it is absent.
  [[nodiscard]] std::string label(const std::string& key) const {
    const auto it = labels.find(key);
    return it == labels.end() ? std::string{} : it->second;
  }
};

/// It runs, or the engine is starting it again.
[[nodiscard]] bool runs(const Container& container);
/// It runs, or would go on where it was paused: what is mounted is in use.
[[nodiscard]] bool has_processes(const Container& container);

struct NetworkState {
  std::string id, name, driver;
  bool internal = false;
  std::map<std::string, std::string> labels;
  boost::json::object raw;  ///< the inspect answer
};

struct VolumeState {
  std::string name, driver;
  std::string mountpoint;  ///< the folder that holds its data, see bound_folder
  std::map<std::string, std::string> labels;
  boost::json::object raw;
};

/// The folder that a volume of the local driver binds (driver_opts type none, o bind, device), ""
/// for one that is in the engine's own folder. `listed` is the engine's answer.
[[nodiscard]] std::string bound_folder(const boost::json::object& listed);

struct Image {
  std::string id;  ///< sha256:…
  std::vector<std::string> tags;
  std::vector<std::string> repo_digests;
  std::string created;
  std::string os, architecture;
  std::uint64_t size = 0;
  boost::json::object config;  ///< Config: Env, Cmd, Entrypoint, Labels, ExposedPorts, Volumes …
};

/// A port of the host that somebody holds.
struct PortHolder {
  std::string host_ip;  ///< "" or "0.0.0.0": all
  std::uint16_t port = 0;
  std::string protocol;
  std::string holder;        ///< "container web-1 of stack blog", "process nginx (pid 812)"
  std::string container_id;  ///< empty where a process of the host holds it
};

/// A container of another stack, or of none, in a network or a volume of this one.
struct ForeignContainer {
  std::string name, stack;  ///< stack "" where it belongs to none
  std::vector<std::string> networks, volumes;
};

/// Whether a service's image would migrate its data, where somebody asked.
struct PendingMigrations {
  bool none = false;  ///< certain: nothing is pending
  std::string why;    ///< one sentence without a final stop
};

/// An edge as it is there.
struct EdgeState {
  EdgeFacts facts;
  std::optional<Container> container;  ///< the one of that name
};

/// What is there now, as far as this plan needs it.
struct World {
  EngineFacts engine;
  std::vector<Container> containers;          ///< those of this stack (project label), all states
  std::vector<NetworkState> networks;         ///< those of this stack, and external ones it names
  std::vector<VolumeState> volumes;           ///< those of this stack, and external ones it names
  std::map<std::string, Image> images;        ///< by the reference that the project uses
  std::map<std::string, Image> images_by_id;  ///< of the containers above
  /// Ids of running containers that joined a namespace of a process that has ended since.
  std::set<std::string> cut_off;
  std::vector<PortHolder> ports;  ///< ports of the host that others hold
  /// Volume, or path of a bind mount that is a store → containers of other stacks.
  std::map<std::string, std::vector<std::string>> foreign_volume_users;
  std::optional<Container> keep;          ///< the container that holds the stack's claim
  std::vector<ForeignContainer> foreign;  ///< by name
  /// Running containers that replace others by themselves, such as Watchtower: "NAME (IMAGE)".
  std::vector<std::string> updaters;
  std::vector<Store> stores;                            ///< what the stack's services keep
  std::map<std::string, VolumeFacts> volume_facts;      ///< of those stores, by host path
  std::map<std::string, PendingMigrations> migrations;  ///< by service; the others are unknown
  /// Which directory each local volume names, by its name; those that can be seen. A bind mount for
  /// which something is set aside is there by its path.
  std::map<std::string, VolumeIdentity> identities;
  /// Edges that serve the stack, or will when the project is deployed; by name.
  std::map<std::string, EdgeState> edges;
  bool has_edge_image = false;        ///< the image that an edge is made of is on the engine
  bool sees_volumes = false;          ///< the folder in which volumes are made is on this host
  std::uint64_t free_disk_bytes = 0;  ///< of the engine's root; 0 where unknown
  std::uint64_t free_memory_bytes = 0;
};

}  // namespace landfast
