// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "run/run.h"

namespace landfast {

/// What the watcher does once its deployer is gone: takes the stack's lock, finishes or undoes what
/// is unfinished, and ends. Where the engine does not answer it lets go of the lock and tries again
/// with back-off, for ten minutes.
Task<Status> watch_over(const Ports& ports, std::string stack);

}  // namespace landfast
