// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace landfast {

/// A member of an archive that was read.
struct TarMember {
  std::string path;  ///< as it is written, without a final slash
  bool folder = false;
  std::string content;  ///< of a regular file; empty for anything else
};

/// The members of a tar archive: ustar, with the names of pax and GNU. Errors are `corrupt`: cut
/// off, or no archive at all. The bytes are the bound.
[[nodiscard]] Result<std::vector<TarMember>> read_tar(std::string_view bytes);

}  // namespace landfast
