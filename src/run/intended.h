// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "plan/undo.h"
#include "port/journal.h"

namespace landfast {

/// The journal's records of a deployment as the plan of an undo reads them; `corrupt`.
[[nodiscard]] Result<std::vector<IntendedStep>> intended(const std::vector<StepRecord>& records);

}  // namespace landfast
