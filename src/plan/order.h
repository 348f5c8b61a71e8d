// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/project.h"

namespace landfast {

/// The names of `services` so that each stands after what it depends on; ties by name.
/// `invalid` with the whole cycle where there is one.
[[nodiscard]] Result<std::vector<std::string>> dependency_order(
    const Project& project, const std::set<std::string>& services);

/// `services` and everything that they depend on, as far as it is enabled.
[[nodiscard]] std::set<std::string> with_dependencies(const Project& project,
                                                      const std::set<std::string>& services);

/// The service that `mode` ("service:db") names, "" for any other mode.
[[nodiscard]] std::string shared_service(const std::string& mode);

/// Services whose namespaces or volumes `service` shares: it must be replaced with them.
[[nodiscard]] std::set<std::string> namespace_owners(const Service& service);

}  // namespace landfast
