// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>

#include "run/run.h"

namespace landfast {

/// Makes the container of an edge anew from another image, with nobody else at it: the new one is
/// created beside the old one, which stops as late as it can and goes only once the new one answers
/// with the recorded configuration. Returns how long nobody answered. On an error the old container
/// serves again; the error says so, or that it does not.
[[nodiscard]] Task<Result<std::chrono::nanoseconds>> upgrade_edge(const Ports& ports,
                                                                  std::string edge,
                                                                  std::string image);

/// Ends an upgrade that was cut off: the container that was set aside has its name back and runs,
/// unless the new one answers. Without one nothing changes.
[[nodiscard]] Task<Status> settle_edge_upgrade(const Ports& ports, std::string edge);

}  // namespace landfast
