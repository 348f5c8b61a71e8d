// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "data/tree.h"
#include "port/volumes.h"

namespace landfast {

/// Reads everything below `top` and the top's own facts; see Volumes::digest.
[[nodiscard]] Result<TreeDigest> digest_tree(int top, const TreeWork& work);

}  // namespace landfast
