// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace landfast {

using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

/// RFC 3339 with Z or an offset; nullopt for anything else and for the engine's "0001-01-01…".
[[nodiscard]] std::optional<TimePoint> parse_rfc3339(std::string_view text);

/// How long ago that was: "2 h 3 min"; "" where it cannot be told.
[[nodiscard]] std::string age(std::string_view rfc3339, TimePoint now);

/// "3 Nov 02:10" in the zone of TZ, with the year where it is another one than now's.
[[nodiscard]] std::string when_text(std::string_view rfc3339, TimePoint now);

[[nodiscard]] TimePoint now_utc();

}  // namespace landfast
