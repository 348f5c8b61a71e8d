// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <vector>

#include "run/session.h"

namespace landfast {

/// Runs `step` around `do_step`: journaling, or nothing.
using AroundStep = std::function<Task<Status>(Session&, const Step&)>;

/// Walks the DAG: each step starts as soon as what it waits for is done, independent ones side by
/// side. After the first failure (or `stop`) no further step starts; those that run end first.
Task<Status> walk(Session& session, std::vector<const Step*> steps, AroundStep around);

}  // namespace landfast
