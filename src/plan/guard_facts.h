// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/store.h"
#include "model/world.h"
#include "plan/plan.h"

namespace landfast {

/// What the journal holds of an exchange before it happens: which directory had which name.
struct ExchangeFacts {
  std::string volume, aside;
  VolumeIdentity original;  ///< what `volume` named before
  VolumeIdentity copy;      ///< what `aside` named before
};
[[nodiscard]] boost::json::object to_json(const ExchangeFacts& facts);
/// nullopt where a part is missing.
[[nodiscard]] std::optional<ExchangeFacts> exchange_facts(const boost::json::object& facts);

/// How two directories stand to what was recorded.
enum class Exchanged : std::uint8_t { no, yes, neither };
[[nodiscard]] Exchanged exchanged(const ExchangeFacts& facts, const VolumeIdentity& volume_now,
                                  const VolumeIdentity& aside_now);

/// What the journal holds of a container before it enters the fence: its id and its networks, but
/// for fences of earlier deployments.
[[nodiscard]] boost::json::object fence_facts(const Container& container, const std::string& stack);

/// The endpoint of a recorded network, as the engine takes it; without what the engine adds itself.
[[nodiscard]] boost::json::object recorded_endpoint(const boost::json::value& endpoint,
                                                    const std::string& container_id);

/// The endpoint of a container in the fence: all names that it has in its other networks.
[[nodiscard]] boost::json::object fence_endpoint(const Container& container);

/// True while the container is attached to the fence, or misses a network that it had before.
[[nodiscard]] bool is_fenced(const Container& container, const boost::json::object& facts,
                             const std::string& fence);

/// The way out of the fence for those that `facts` (of fence_container steps) tell of; empty where
/// the world shows no trace of one. Behind a commit they have their networks back and the fence
/// stays attached: connections that were opened in it go on. An undo ends it: whoever was in it is
/// started anew.
struct FenceRecord {
  std::string step;  ///< "db/1:fence"
  const boost::json::object* facts = nullptr;
};
[[nodiscard]] std::vector<Step> unfencing(const std::string& stack, std::int64_t deployment,
                                          const std::vector<FenceRecord>& records,
                                          const World& world, DeploymentState state,
                                          const std::string& prefix);

/// How many fences of earlier deployments a stack keeps: each takes one of the engine's few
/// subnets.
constexpr std::size_t most_old_fences = 3;

/// The fences of earlier deployments that nobody needs once `renewed` (names of containers) have
/// been started in another one: a connection has two ends, and no two of it are left; and the
/// oldest where more than `most_old_fences` would stay.
[[nodiscard]] std::vector<const NetworkState*> outdated_fences(
    const std::string& stack, std::int64_t deployment, const World& world,
    const std::set<std::string>& renewed);

/// Body of the fence's network.
[[nodiscard]] boost::json::object fence_body(const std::string& stack, std::int64_t deployment);
/// Body of the volume that a set_aside step makes; its cause as in the plan. `keeps`: of the same
/// volume so many stay (x-landfast.guard.keep).
[[nodiscard]] boost::json::object aside_body(const Step& step, const std::string& stack,
                                             std::int64_t deployment, int keeps);
/// The volume that this one was set aside for in this stack, "" where it was not.
[[nodiscard]] std::string set_aside_for(const VolumeState& volume, const std::string& stack);
/// The deployment that set it aside, as its name says; 0 for another volume.
[[nodiscard]] std::int64_t aside_deployment(const VolumeState& volume);
/// What is set aside of a volume, newest first.
[[nodiscard]] std::vector<const VolumeState*> asides_of(const std::vector<VolumeState>& volumes,
                                                        const std::string& stack,
                                                        const std::string& volume);
/// Those that are set aside of a volume and older than the newest `keep`, of which the one called
/// `newest` is the first, whether it is there yet or not.
[[nodiscard]] std::vector<const VolumeState*> older_asides(const std::vector<VolumeState>& volumes,
                                                           const std::string& stack,
                                                           const std::string& volume,
                                                           const std::string& newest,
                                                           std::size_t keep);
/// The copies that this deployment, which has committed, lets go: of each volume that it set aside
/// those that are older than so many.
[[nodiscard]] std::vector<const VolumeState*> asides_let_go(const std::vector<VolumeState>& volumes,
                                                            const std::string& stack,
                                                            std::int64_t deployment);
/// Names of the volumes that are set aside in this stack, sorted.
[[nodiscard]] std::vector<std::string> asides_of(const std::vector<VolumeState>& volumes,
                                                 const std::string& stack);

/// What is wrong with how a store ended, "" where its files are whole: PostgreSQL's own control
/// file says "shut down"; the other servers' exit code is 0; SQLite and files are whole after any
/// end.
[[nodiscard]] std::string not_clean(StoreKind kind, int exit_code, const VolumeContent& content);

}  // namespace landfast
