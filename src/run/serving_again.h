// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "run/session.h"

namespace landfast {

/// Waits until what an undo started again is ready, all of it side by side, each within its gate's
/// own limit. Returns a sentence for each that is not, in the order of the plan; none: it serves.
Task<std::vector<std::string>> await_serving_again(Session& session);

}  // namespace landfast
