// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/history.h"
#include "model/project.h"
#include "model/route_table.h"
#include "model/store.h"
#include "model/world.h"

namespace landfast {

/// The closed set of changes. Each has an effect that the world shows and an inverse (plan/undo.h).
enum class StepKind : std::uint8_t {
  pull_image,           ///< `name` is the reference
  build_image,          ///< `name` is the tag
  create_network,       ///< `name` on the engine, `key` in the project
  create_volume,        ///< `name` on the engine, `key` in the project
  create_container,     ///< `name`; replaces `container_id` where that is set
  retire_container,     ///< policy to `no`, then a clean stop of `container_id`: the old generation
  start_container,      ///< the one created by this plan, or `container_id` where that is set
  await_ready,          ///< gate: ready (run/ready.h)
  await_exit,           ///< gate: a one-shot ended with exit code 0
  verify,               ///< gate: the check number `key` of the project passes; `name` says which
  promote,              ///< it serves now: takes the name and the file's restart policy
  restart_container,    ///< `container_id`, for depends_on.restart and the restart command
  stop_container,       ///< `container_id`, by the stop command; its policy stays
  set_policy,           ///< restart policy of `container_id`, without recreation
  remove_container,     ///< `container_id`; never with volumes
  remove_network,       ///< `name`, `key`
  restore_container,    ///< undo of retire and promote: name, restart policy and running as before
  remove_volume,        ///< undo only: `name`, made by an uncommitted first deployment, unused
  restore_tag,          ///< undo only: the reference `name` names the image `key` again
  create_fence,         ///< the internal network `name`, which guarded data is attached to
  set_aside,            ///< a volume `name` for the copy of the volume `key`
  stop_clean,           ///< retire, and proof that the store of `container_id` is whole on the disk
  first_copy,           ///< the data of `source` into `name` while its store still runs
  copy_volume,          ///< the data of `source` into `name`, which takes the place of `key`
  exchange_volumes,     ///< the data of `key` and `name`, in one rename
  fence_container,      ///< joins the fence and leaves all other networks; `keeps_networks`: joins
  unfence_container,    ///< has the networks back that it had before
  remove_fence,         ///< `name`: whoever is still attached is detached, then it goes
  drop_aside,           ///< removes the volume `name`, which was set aside for `key`
  create_edge_network,  ///< the internal network `name` between the stack's services and edges
  apply_routes,         ///< the edge `name` serves what `Plan::routes` says of the stack; see
                        ///< `keeps_routes`
  make_edge,    ///< the container of the edge `name` is as its table says, or gone where that is
                ///< empty; it runs and answers
  join_edge,    ///< `container_id` joins the edge network `name` under the alias `key`
  leave_edge,   ///< `container_id` leaves the edge network `name`
  hold_slot,    ///< requests to the target `key` of the edge `name` wait
  point_slot,   ///< its idle slot points to `addresses`
  probe_slot,   ///< gate: that slot answers through the edge on the path `source`
  switch_slot,  ///< that slot serves
  drain_slot,   ///< what is in flight to the slot that served before ends, within `limit`
  remove_edge_network,  ///< `name`: whoever is still attached is detached, then it goes
  add_site,  ///< the edge `name` has the files of `folder` in the image of `service`; `key` target
};
/// The last of them, for what reads kinds back from their names.
inline constexpr StepKind last_step_kind = StepKind::add_site;
[[nodiscard]] std::string_view to_string(StepKind kind);

/// One typed change with its cause.
struct Step {
  std::string id;  ///< stable within the plan: "app/1:create", "network:internal"
  StepKind kind = StepKind::create_container;
  DeploymentState state = DeploymentState::rolling;  ///< the high-water mark that it belongs to
  std::string service;                               ///< "" for networks and volumes
  int number = 0;                                    ///< 1-based container number
  std::string key;                                   ///< project key of a network or a volume
  std::string source;                                ///< of a copy: what is copied for `key`
  std::string folder;                                ///< set_aside: of the copy; add_site: of files
  std::string name;                                  ///< what it is called on the engine
  std::string container_id;                          ///< existing container that it acts on
  std::vector<std::string> after;                    ///< ids of the steps that must be done before
  std::string cause;                                 ///< why, in plain words
  bool one_shot = false;
  bool migration = false;
  bool user_paths = false;  ///< create_container: mounts the user's files, not our copies (leave)
  bool anonymous_volumes = false;     ///< remove_container: its own new ones go with it
  bool running = true;                ///< restore_container: it ran before
  std::chrono::nanoseconds delay{0};  ///< waited for before it begins (update_config.delay)
  RestartPolicy policy;               ///< promote, set_policy, restore_container
  std::map<std::string, std::string> inherited_volumes;  ///< target → anonymous volume
  StoreKind store = StoreKind::files;                    ///< stop_clean: what must be whole
  bool keeps_networks = false;  ///< fence_container: the fence besides its own networks
  /// apply_routes: targets that the release before has and this one has not stay for now.
  bool keeps_routes = false;
  std::vector<std::string> addresses;  ///< point_slot: "alias:port" of each replica, or
                                       ///< a site; empty: that which add_site has added
  std::chrono::nanoseconds limit{0};   ///< drain_slot, and what is journaled with it
  boost::json::object facts;           ///< undo and finishing: what the journal recorded of it
};

/// What the plan does to one service, for people.
enum class ServiceChange : std::uint8_t {
  unchanged,
  created,
  replaced,
  restarted,
  started,
  stopped,
  removed,
  policy,
  runs,
  done
};
[[nodiscard]] std::string_view to_string(ServiceChange change);

struct ServicePlan {
  std::string service;
  ServiceChange change = ServiceChange::unchanged;
  std::vector<std::string> causes;   ///< "image 1.4 → 1.5", "environment.LOG_LEVEL"
  std::string old_image, new_image;  ///< short ids or references, where they differ
  std::vector<std::string> drift;    ///< what was changed, stopped, removed or started by others
  std::vector<std::string> peers;    ///< services that have to resolve its address again
  std::optional<std::string> gap;    ///< the expected gap in words, nullopt where there is none
  std::vector<std::string> served;   ///< by an edge: "shop.example.com", ":3000/api"
  bool one_shot = false;
};

/// Data that the plan makes undoable: a copy is migrated, the original set aside.
struct PlannedGuard {
  Store store;
  std::string source;       ///< the volume that is copied: today's, or one set aside
  std::string aside;        ///< the volume that holds the original in the end
  std::string folder;       ///< where `aside` keeps it; empty: in the engine's own folder
  std::uint64_t bytes = 0;  ///< that are copied
  bool reflink = false;     ///< the copy shares its blocks: at once, and no disk taken
  /// Copied once while its store still runs; behind the fence only what has changed since then.
  bool first_copy = false;
  std::vector<std::string> causes;  ///< "migrate runs"
};

/// A DAG of steps that turns the world into the project.
struct Plan {
  std::string stack;
  std::int64_t deployment = 0;  ///< number that the run will get
  std::optional<std::int64_t> current_release;
  bool first_deployment = false;      ///< of this life of the stack: an undo takes its volumes too
  std::vector<Step> steps;            ///< in an order that respects `after`
  std::vector<ServicePlan> services;  ///< sorted by dependency, then by name
  std::vector<PlannedGuard> guards;   ///< by volume
  std::int64_t data_before = 0;       ///< data goes back to before this deployment; 0: it stays
  /// Edge → what it serves of this stack after the plan; an empty table: nothing any more.
  std::map<std::string, RouteTable> routes;
  std::vector<std::string> notes;  ///< what is not done and why: orphans, capabilities
  std::vector<std::string> risks;  ///< what must be confirmed: removals
  std::string hash;                ///< SHA-256 over digests, steps and the ids they touch

  [[nodiscard]] bool empty() const { return steps.empty(); }
};

/// What the user asked of a deploy.
struct DeployOptions {
  std::vector<std::string> services;  ///< empty: all enabled
  bool no_deps = false;
  bool force_recreate = false;
  bool remove_orphans = false;
  bool build = false;                         ///< --build: images were just built, see `built`
  std::map<std::string, std::string> images;  ///< --image SERVICE=REF
  std::vector<std::string> new_volumes;       ///< --new-volume NAME
  /// leave: recreate only what mounts our copies, set policies as the file says, nothing else.
  bool leave = false;
  /// rollback --data: the data as the release of this deployment left it comes back, from what was
  /// set aside since; today's is set aside.
  std::optional<std::int64_t> data_of;
};

/// The plan of a deploy: pure and deterministic. Errors: `invalid` where the project cannot be
/// deployed on this world (a dependency cycle, a port that somebody holds, a missing external).
[[nodiscard]] Result<Plan> plan_deploy(const Project& project, const World& world,
                                       const History& history, const DeployOptions& options);

/// The plans of the other verbs; `services` empty means all that the world has.
struct VerbOptions {
  std::vector<std::string> services;
  bool remove_orphans = false;
};
[[nodiscard]] Result<Plan> plan_stop(const Project* project, const World& world,
                                     const VerbOptions& options);
[[nodiscard]] Result<Plan> plan_start(const Project* project, const World& world,
                                      const VerbOptions& options);
[[nodiscard]] Result<Plan> plan_restart(const Project* project, const World& world,
                                        const VerbOptions& options);
/// Containers and networks go, volumes stay.
[[nodiscard]] Result<Plan> plan_down(const Project* project, const World& world,
                                     const VerbOptions& options);

/// One line per step with why, then notes; the same for equal inputs. Golden-tested.
[[nodiscard]] std::string plan_text(const Plan& plan);
/// The plan as a JSON object (schema in docs/json.md).
[[nodiscard]] boost::json::value plan_json(const Plan& plan);

}  // namespace landfast
