// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"

namespace landfast {

/// The alias of a container that Landfast made and a port; of a static site the digest of its
/// files. `invalid` for anything else.
[[nodiscard]] Status check_address(const std::string& address, bool is_site);

}  // namespace landfast
