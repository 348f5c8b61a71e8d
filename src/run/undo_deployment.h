// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/secret.h"
#include "run/run.h"

namespace landfast {

struct UndoRequest {
  std::string stack;
  std::int64_t deployment = 0;
  bool first_deployment = false;
  bool interrupted = false;  ///< its deployer died: the engine may still be at work for it
  Error why;
  std::optional<std::chrono::nanoseconds> timeout{};  ///< of each gate of what is started again
  std::vector<Secret> secrets{};  ///< of the project, where it is at hand: not for logs
};

/// True where the engine, not its answer, was the trouble: it stopped, or has not started yet.
[[nodiscard]] bool engine_was_silent(const Error& error);

/// Walks an uncommitted deployment back by asking the engine what is true: state undone with the
/// error `why`, or stuck where a step of the undo failed; the error then says what a person can do.
/// What it starts again is waited for until it is ready; who is not is named in the aftermath.
/// An engine that restarts meanwhile is waited for, for two minutes.
Task<RunReport> undo_deployment(const Ports& ports, UndoRequest request, OnEvent on_event);

}  // namespace landfast
