// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "app/call.h"
#include "model/world.h"

namespace landfast {

/// `edge upgrade [EDGE]`: the edges that run another image than the newest one of this engine are
/// made anew from it, each with a short gap, once somebody has agreed to that.
Ending upgrade_edges(Call call);

/// The version of Caddy that an image says it has (CADDY_VERSION); "" where it says none.
[[nodiscard]] std::string caddy_version_of(const Image& image);
/// `unsupported` where an image says that its Caddy is too old to be an edge.
[[nodiscard]] Status check_edge_image(const Image& image, const std::string& reference);

}  // namespace landfast
