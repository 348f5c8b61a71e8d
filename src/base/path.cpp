// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

namespace landfast {

bool is_inside(std::string_view path, std::string_view folder) {
  if (folder.empty() || !path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/';
}

}  // namespace landfast
