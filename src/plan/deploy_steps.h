// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "plan/decide.h"
#include "plan/edge_plan.h"
#include "plan/guard.h"
#include "plan/plan.h"
#include "plan/replacement.h"

namespace landfast {

struct DeployInput {
  const Project& project;
  const World& world;
  const History& history;
  const DeployOptions& options;
  const std::vector<std::string>& order;  ///< selected services, dependencies first
  const Decisions& decisions;
  const ReplacementOrder& replacement;
  const GuardPlan& guard;
  const EdgePlan& edges;
};

/// The steps of a deploy, in an order that respects `after`.
[[nodiscard]] std::vector<Step> deploy_steps(const DeployInput& input, std::int64_t deployment);

/// Containers of the stack whose service the file does not know any more.
[[nodiscard]] std::vector<const Container*> orphans(const Project& project, const World& world);

}  // namespace landfast
