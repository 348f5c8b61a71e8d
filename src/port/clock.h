// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

#include "io/task.h"

namespace landfast {

/// Time. The real one is CLOCK_MONOTONIC (`now`) and UTC (`utc`); the simulated one is virtual.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic time since an arbitrary start; never used to decide ownership.
  [[nodiscard]] virtual std::chrono::nanoseconds now() const = 0;
  /// RFC 3339 in UTC with milliseconds, for records.
  [[nodiscard]] virtual std::string utc() const = 0;
  /// Returns after `duration`.
  virtual Task<Done> sleep(std::chrono::nanoseconds duration) = 0;
};

}  // namespace landfast
