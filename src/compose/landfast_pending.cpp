// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "compose/landfast_extension.h"

namespace landfast::compose {

bool is_not_there_yet(std::string_view key) {
  static constexpr std::string_view keys[] = {
      "tier", "backup", "guard.max_age", "services.migrate: {sql}", "services.backup",
  };
  return std::ranges::find(keys, key) != std::ranges::end(keys);
}

}  // namespace landfast::compose
