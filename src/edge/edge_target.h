// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "model/route_table.h"

namespace landfast {

/// The target of this id; `not_found` where the table has none.
[[nodiscard]] Result<EdgeTarget> target_of(const RouteTable& table, const std::string& id);

/// One address for each of its containers: the alias of one that Landfast made and a port; of a
/// static site the digest of its files. `invalid` for anything else.
[[nodiscard]] Status check_addresses(const EdgeTarget& target,
                                     const std::vector<std::string>& addresses);

/// `conflict`, retryable, where neither what the caller has read nor the table itself is recorded:
/// another deployer has changed the edge meanwhile.
[[nodiscard]] Status may_replace(const RouteTable& table, const std::string& recorded,
                                 const std::string& replaces);

/// The host by which a probe asks the target: that of its first route, "localhost" where that is
/// none or a wildcard.
[[nodiscard]] std::string probed_host(const RouteTable& table, const std::string& target);

}  // namespace landfast
