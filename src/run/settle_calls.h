// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "port/journal.h"
#include "run/undo_deployment.h"

namespace landfast {

/// Waits for what the engine may still be doing for a deployer that was killed, as its intents
/// without an outcome say: a creation that was asked for comes within three seconds or was never
/// asked for; an old container that may be stopping has stopped when this returns.
Task<Status> settle_calls(const Ports& ports, const UndoRequest& request,
                          const std::vector<StepRecord>& records);

}  // namespace landfast
