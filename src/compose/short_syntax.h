// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace landfast::compose {

/// `[SOURCE:]TARGET[:MODE]` of a service volume. Unknown mode items are ignored, as Compose does.
struct ShortVolume {
  std::string_view source, target;
  bool bind = false;  ///< the source is a path
  bool read_only = false;
  bool nocopy = false;
  bool bare = false;  ///< one or two characters: only a target
  std::string_view propagation, selinux;
  bool bind_options = false;
};
[[nodiscard]] Result<ShortVolume> parse_volume(std::string_view spec);

/// One port of `[[IP:]HOST:]CONTAINER[/PROTOCOL]`; ranges of equal length give one for each.
struct ShortPort {
  std::string host_ip, published, protocol;
  std::uint16_t target = 0;
};
[[nodiscard]] Result<std::vector<ShortPort>> parse_port(std::string_view spec);

/// Whether net.ParseIP takes the text.
[[nodiscard]] bool is_ip_address(std::string_view text);

/// A command text as words: quotes and backslashes of a shell, no expansion; ends at `;&|<>`.
[[nodiscard]] Result<std::vector<std::string>> shell_words(std::string_view text);

/// "1h30m", "500ms", also "1d" and "2w".
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "64m", "1.5g", "1024": 1024-based, in bytes.
[[nodiscard]] Result<std::int64_t> parse_bytes(std::string_view text);

}  // namespace landfast::compose
