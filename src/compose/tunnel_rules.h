// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "compose/findings.h"
#include "model/project.h"

namespace landfast::compose {

/// What `x-landfast.tunnel` needs: its service is in the file, no secret of it stands in a command,
/// and its health is a check of `verify` that this adds. Warnings for what goes around the edge,
/// and for what Cloudflare refuses.
void apply_tunnel(Project& project, Findings& findings);

/// Where cloudflared answers `/ready` to others: the port of TUNNEL_METRICS or --metrics; 0 where
/// neither says one, or one that only cloudflared itself reaches.
[[nodiscard]] std::uint16_t metrics_port(const Service& service);

}  // namespace landfast::compose
