// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

using Nanoseconds = std::chrono::nanoseconds;

/// A Go duration as Compose prints it ("1m30s", "500ms", "0s").
[[nodiscard]] std::string go_duration(Nanoseconds value);

/// Time for people: "0.4 s", "2 min 5 s", "3 d 4 h".
[[nodiscard]] std::string human_duration(Nanoseconds value);

/// Size for people, 1024-based: "512 B", "1.3 GiB".
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// The candidate with the least edit distance to `word`, if near enough to be a slip of the hand.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// Text between double quotes with control characters made visible: safe for a terminal.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// Control characters and invalid UTF-8 replaced, so that foreign text cannot drive a terminal.
[[nodiscard]] std::string printable(std::string_view text);

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace landfast
