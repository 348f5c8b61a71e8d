// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/decide.h"
#include "plan/plan.h"

namespace landfast {

/// Which data a deploy guards, and whom that concerns (docs/glossary.md, fence and guard).
struct GuardPlan {
  std::vector<PlannedGuard> guards;  ///< by volume; empty: nothing pending, nothing fenced
  std::set<std::string> stores;      ///< services that keep guarded data
  /// Services that live in the fence until the commit: the stores, and all that reach one.
  std::set<std::string> fenced;
  /// Services that the fenced ones use and that reach no guarded data: they join, and keep running.
  std::set<std::string> joined;
  std::int64_t data_before = 0;    ///< data goes back to before this deployment; 0: it stays
  std::vector<std::string> notes;  ///< what is not guarded, and why
  std::vector<std::string> risks;  ///< what must be confirmed

  [[nodiscard]] bool empty() const { return guards.empty(); }
};

/// A store is guarded where a migration that reaches it will run; or, where none is declared for
/// it, where the image of a service that reaches it changes, unless that says `migrate: none`. One
/// of which `world.migrations` says that nothing is pending migrates nothing.
/// With `data_of`, what was set aside since that deployment comes back instead, and today's data is
/// set aside. Never a cache, and never one that is empty. Errors: `invalid` where it would have to
/// be guarded and cannot be, all reasons at once.
[[nodiscard]] Result<GuardPlan> plan_guards(const Project& project, const World& world,
                                            const History& history, const Decisions& decisions,
                                            std::optional<std::int64_t> data_of);

/// The deployment before which the data was that a rollback to the release of `data_of` brings
/// back; 0 where nothing of it is set aside.
[[nodiscard]] std::int64_t returns_to(const Project& project, const World& world,
                                      std::int64_t data_of);

/// What a deploy with these options would guard, whatever its size, and because of whom: what has
/// to be measured and asked for the plan.
struct DataAtStake {
  std::vector<Store> stores;
  std::set<std::string> migrating;  ///< services that may migrate one of them
};
/// Errors as `plan_deploy` before it looks at data.
[[nodiscard]] Result<DataAtStake> data_at_stake(const Project& project, const World& world,
                                                const History& history,
                                                const DeployOptions& options);
/// The same for what is decided already.
[[nodiscard]] DataAtStake data_at_stake(const Project& project, const World& world,
                                        const History& history, const Decisions& decisions,
                                        std::optional<std::int64_t> data_of);

/// Adds the services of `guard.fenced` that this call did not select to what is decided and to the
/// order: their containers stay as they are, but are stopped, fenced and started.
void add_fenced(const Project& project, const World& world, const GuardPlan& guard,
                Decisions& decisions, std::vector<std::string>& order);

/// The copies that are older than `x-landfast.guard.keep` allows once this plan has committed:
/// volumes that were set aside for a volume that it guards.
[[nodiscard]] std::vector<const VolumeState*> outdated_asides(const Project& project,
                                                              const World& world,
                                                              const PlannedGuard& guard);

/// Whether a container has the place of a store mounted, whatever its service: the volume by its
/// name, or, to write in it, the folder that holds its data or one in that by its path.
[[nodiscard]] bool mounts(const Container& container, const Store& store);

}  // namespace landfast
