// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/world.h"
#include "plan/plan.h"

namespace landfast {

/// Who else reaches into the stack's networks and volumes, and who may replace its containers.
[[nodiscard]] std::vector<std::string> neighbour_notes(const World& world);

/// What of the stack was changed behind Landfast's back, one line each: "web: shop-web-1: restart:
/// no → always".
[[nodiscard]] std::vector<std::string> drift_of(const Plan& plan);

}  // namespace landfast
