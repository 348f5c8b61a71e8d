// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace landfast {

/// The `size` bytes of a key's file, which is made at random, durably and at once where it is
/// absent: of two processes that make it both get the same one. Its folder must exist. Refuses
/// (`failed`) a file that is a link, another user's, open to other users or of another size.
[[nodiscard]] Result<Secret> key_from_file(const std::string& path, std::size_t size);

}  // namespace landfast
