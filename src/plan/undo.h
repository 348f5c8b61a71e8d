// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "model/world.h"
#include "plan/plan.h"

namespace landfast {

/// One step of the deployment as the journal has it: that it was intended is what matters, what it
/// did is read from the world.
struct IntendedStep {
  std::string id;
  StepKind kind = StepKind::create_container;
  boost::json::object facts;  ///< what undo needs: see `undo_facts`
};

/// What undo must know of a step before it runs, as JSON: the old container's name, policy and
/// whether it ran; the name of what is made.
[[nodiscard]] boost::json::object undo_facts(const Step& step, const World& world);

/// The folders of the host that were empty before the step whose facts these are, and that a new
/// container writes its data to: an undo of a first deployment empties them again.
[[nodiscard]] std::vector<std::string> filled_folders(const boost::json::object& facts);

/// The plan that walks deployment `number` back, newest first: what it made goes, what it retired
/// is back under its name, with its restart policy, running if it ran. Steps whose effect the world
/// does not show are left out, so that the plan of an undone deployment is empty.
[[nodiscard]] Plan plan_undo(const std::string& stack, std::int64_t number,
                             const std::vector<IntendedStep>& steps, const World& world,
                             bool first_deployment);

}  // namespace landfast
