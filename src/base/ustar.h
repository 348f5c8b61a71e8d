// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace landfast {

/// One regular file in a tar archive.
struct UstarEntry {
  std::string_view path;  ///< relative, without a leading slash, at most 255 bytes
  std::string_view content;
  std::uint32_t mode = 0444;
  std::uint32_t uid = 0, gid = 0;
};

/// A whole POSIX.1-1988 ustar archive of one file, with its end blocks. `invalid` where the path
/// does not fit.
[[nodiscard]] Result<std::string> ustar_of(const UstarEntry& entry);

}  // namespace landfast
