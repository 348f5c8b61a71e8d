// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

#include "port/clock.h"

namespace landfast {

class Loop;

/// The time of this machine; sleepers wait on the loop.
class MonotonicClock : public Clock {
 public:
  explicit MonotonicClock(Loop& loop) : loop_(loop) {}
  [[nodiscard]] std::chrono::nanoseconds now() const override;
  [[nodiscard]] std::string utc() const override;
  Task<Done> sleep(std::chrono::nanoseconds duration) override;

 private:
  Loop& loop_;
};

/// RFC 3339 in UTC with milliseconds: "2026-11-03T02:10:14.000Z".
[[nodiscard]] std::string rfc3339_utc(std::chrono::system_clock::time_point when);

}  // namespace landfast
