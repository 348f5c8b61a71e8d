// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/world.h"
#include "plan/plan.h"

namespace landfast {

/// The steps that take a service from its visitors before it is stopped: they get the edge's page
/// from then on, and nothing is in flight at the end. None for what no edge serves.
[[nodiscard]] std::vector<Step> close_slots(const Project* project, const World& world,
                                            const std::string& stack, const std::string& service);

/// The steps that give a service back to its visitors: each slot that leads to all its containers
/// is asked and serves. `ready`: what they wait for. None where it serves.
[[nodiscard]] std::vector<Step> open_slots(const World& world, const std::string& stack,
                                           const std::string& service,
                                           const std::vector<std::string>& ready);

}  // namespace landfast
