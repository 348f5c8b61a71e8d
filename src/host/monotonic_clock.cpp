// SPDX-License-Identifier: Apache-2.0
#include "host/monotonic_clock.h"

#include <fmt/format.h>

#include <ctime>

#include "io/loop.h"

namespace landfast {

std::chrono::nanoseconds MonotonicClock::now() const {
  std::timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::string MonotonicClock::utc() const { return rfc3339_utc(std::chrono::system_clock::now()); }

Task<Done> MonotonicClock::sleep(std::chrono::nanoseconds duration) {
  return sleep_for(loop_, duration);
}

std::string rfc3339_utc(std::chrono::system_clock::time_point when) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch());
  const auto s = std::chrono::floor<std::chrono::seconds>(ms);
  const std::time_t seconds = s.count();
  std::tm t{};
  ::gmtime_r(&seconds, &t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (ms - s).count());
}

}  // namespace landfast
