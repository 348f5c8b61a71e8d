// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
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

/// A member as it stands in an archive, whose bytes it refers to.
struct TarEntry {
  std::string path;          ///< as it is written, without a final slash
  char type = '0';           ///< of ustar: '0' file, '1' hard link, '2' symbolic link, '5' folder
  std::string link;          ///< what a link leads to
  std::string_view content;  ///< of a regular file; empty for anything else
};

/// Shows each member of a tar archive, in order, until `visit` returns an error, which is passed
/// on. As `read_tar`, without a copy of the contents.
[[nodiscard]] Status each_member(std::string_view bytes,
                                 const std::function<Status(const TarEntry&)>& visit);

/// The members of a tar archive: ustar, with the names of pax and GNU. Errors are `corrupt`: cut
/// off, or no archive at all. The bytes are the bound.
[[nodiscard]] Result<std::vector<TarMember>> read_tar(std::string_view bytes);

}  // namespace landfast
