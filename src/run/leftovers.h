// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "port/engine.h"
#include "run/run.h"

namespace landfast {

/// Removes what Landfast has of a stack besides its containers once it lets go of it: containers
/// that a killed look at an image left, and fences in which nothing runs. Returns the names of the
/// fences that stay: connections may run over them (docs/decisions/023).
[[nodiscard]] Task<Result<std::vector<std::string>>> remove_leftovers(const Ports& ports,
                                                                      std::string stack);

}  // namespace landfast
