// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/history.h"
#include "plan/plan.h"

namespace landfast {

enum class EventKind : std::uint8_t {
  deployment_started,  ///< `plan` is set; `deployment` has its number
  state_changed,       ///< `state`
  step_started,        ///< `step`
  step_progress,       ///< `step`, `text`, `current`, `total` (bytes; 0 where unknown)
  step_waiting,        ///< `step`; `text` says what for: "health check: exit code 1"
  step_done,           ///< `step`, `took`; `text` says what came of it: "healthy"
  step_failed,         ///< `step`, `error`
  notice,              ///< `text`: something the user should know
  undo_started,        ///< `text` says why; `plan` holds the steps of the undo
  deployment_done,     ///< `state`, `took`, `error` where it failed; `release` where committed
};

/// What happens, as a value: the terminal, the JSON lines and the dashboard render the same stream.
struct Event {
  EventKind kind = EventKind::notice;
  std::chrono::nanoseconds at{0};  ///< since the run began
  std::string stack;
  std::int64_t deployment = 0;
  const Plan* plan = nullptr;  ///< valid during the call
  const Step* step = nullptr;  ///< valid during the call
  DeploymentState state = DeploymentState::planned;
  std::string text;
  std::uint64_t current = 0, total = 0;
  std::chrono::nanoseconds took{0};
  const Error* error = nullptr;  ///< valid during the call
  std::optional<std::int64_t> release;
};
using OnEvent = std::function<void(const Event&)>;

/// What a run came to.
struct RunReport {
  DeploymentState state = DeploymentState::committed;  ///< committed, undone, stuck, or planned
  std::optional<std::int64_t> release;
  std::optional<Error> error;  ///< why it did not commit
  std::chrono::nanoseconds took{0};
  std::string aftermath;  ///< of an undo: what it did, and what is true now
  std::string trouble;    ///< of an undo: who is back and does not serve; empty: all does
};

}  // namespace landfast
