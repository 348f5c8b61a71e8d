// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/decide.h"
#include "plan/plan.h"

namespace landfast {

/// Which data a deploy guards, and whom that concerns (DESIGN.md §2, fence and guard).
struct GuardPlan {
  std::vector<PlannedGuard> guards;  ///< by volume; empty: nothing pending, nothing fenced
  std::set<std::string> stores;      ///< services that keep guarded data
  /// Services that live in the fence until the commit: the stores, and all that reach one.
  std::set<std::string> fenced;
  /// Services that the fenced ones use and that reach no guarded data: they join, and keep running.
  std::set<std::string> joined;
  std::vector<std::string> notes;  ///< what is not guarded, and why
  std::vector<std::string> risks;  ///< what must be confirmed

  [[nodiscard]] bool empty() const { return guards.empty(); }
};

/// A store is guarded where a migration that reaches it will run; or, where none is declared for
/// it, where the image of a service that reaches it changes, unless that says `migrate: none`.
/// Never a cache, and never one that is empty. Errors: `invalid` where it would have to be guarded
/// and cannot be, all reasons at once.
[[nodiscard]] Result<GuardPlan> plan_guards(const Project& project, const World& world,
                                            const History& history, const Decisions& decisions,
                                            std::int64_t deployment);

/// The stores that a deploy with these options would guard, whatever their sizes: what has to be
/// measured for the plan. Errors as `plan_deploy` before it looks at data.
[[nodiscard]] Result<std::vector<Store>> stores_at_stake(const Project& project, const World& world,
                                                         const History& history,
                                                         const DeployOptions& options);
/// The same for what is decided already.
[[nodiscard]] std::vector<Store> stores_at_stake(const Project& project, const World& world,
                                                 const History& history,
                                                 const Decisions& decisions);

/// Adds the services of `guard.fenced` that this call did not select to what is decided and to the
/// order: their containers stay as they are, but are stopped, fenced and started.
void add_fenced(const Project& project, const World& world, const GuardPlan& guard,
                Decisions& decisions, std::vector<std::string>& order);

/// The copies that are older than `x-landfast.guard.keep` allows once this plan has committed:
/// volumes that were set aside for a volume that it guards.
[[nodiscard]] std::vector<const VolumeState*> outdated_asides(const Project& project,
                                                              const World& world,
                                                              const PlannedGuard& guard);

/// Whether a container has the place of a store mounted, whatever its service.
[[nodiscard]] bool mounts(const Container& container, const Store& store);

}  // namespace landfast
