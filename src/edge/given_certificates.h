// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "edge/caddy_config.h"
#include "edge/edge_files.h"
#include "model/route_table.h"

namespace landfast {

/// Copies the certificates and keys that a table names into the edge's data, each under the digest
/// of its content, so that a changed one is another file. Refuses one that could not serve: unread,
/// no certificate or key, a key of another certificate, expired, or without the host's name.
[[nodiscard]] Result<GivenCertificates> copy_given(const RouteTable& table, const EdgeFiles& files,
                                                   const CaddyLayout& layout);

}  // namespace landfast
