// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace landfast {

/// A time as `since` and `until` want it, "SECONDS.NANOSECONDS": from unix seconds or RFC 3339
/// ("2026-11-21T03:00:00.5Z", "…+01:00"). "" stays "". `invalid` for anything else.
[[nodiscard]] Result<std::string> log_time(std::string_view text);

/// The same of a point in time.
[[nodiscard]] std::string unix_time(std::chrono::system_clock::time_point time);

}  // namespace landfast
