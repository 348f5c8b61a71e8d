// SPDX-License-Identifier: Apache-2.0
#include "run/make_plan.h"

#include <fmt/format.h>

#include "base/text.h"
#include "plan/guard.h"
#include "run/observe_data.h"
#include "run/observe_migrations.h"

namespace landfast {

namespace {

constexpr std::uint64_t worth_measuring = 64U << 20;  // less is copied within a second or so

/// How long the copies take, at the rate that the disk has now. Not part of the plan's hash.
Task<void> say_how_long(const Ports& ports, Plan& plan) {
  for (const auto& guard : plan.guards) {
    if (guard.reflink || guard.bytes < worth_measuring) continue;
    const auto rate = co_await ports.volumes.copy_rate(guard.store.path);
    if (!rate || *rate <= 0) continue;  // a guess would be worse than nothing
    const std::chrono::seconds takes(
        static_cast<std::int64_t>(static_cast<double>(guard.bytes) / *rate) + 1);
    const auto speed = human_bytes(static_cast<std::uint64_t>(*rate));
    plan.risks.push_back(
        guard.first_copy
            ? fmt::format("{} of {} are copied while it serves, in about {} ({} a second); what "
                          "changes meanwhile is copied again behind the fence, in at most that",
                          human_bytes(guard.bytes), guard.store.place(), human_duration(takes),
                          speed)
            : fmt::format("the copy of {} takes about {} ({} at {} a second)", guard.store.place(),
                          human_duration(takes), human_bytes(guard.bytes), speed));
  }
}

}  // namespace

Task<Result<Plan>> make_plan(const Ports& ports, const Project& project, World& world,
                             const History& history, const DeployOptions& options) {
  CO_TRY(auto stake, data_at_stake(project, world, history, options));
  if (!stake.migrating.empty()) {
    world.migrations = co_await observe_pending(ports, project, world, std::move(stake.migrating));
    CO_TRY(stake, data_at_stake(project, world, history, options));
  }
  CO_TRY_VOID(co_await observe_volume_facts(ports, world, std::move(stake.stores)));
  CO_TRY(auto plan, plan_deploy(project, world, history, options));
  co_await say_how_long(ports, plan);
  co_return plan;
}

}  // namespace landfast
