// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "model/project.h"

namespace landfast {

/// Body of POST /networks/create for a network of the project, as Compose sends it, with its labels
/// (compose.md §4.1). `config_hash` is Compose's hash of the network.
[[nodiscard]] boost::json::object network_body(const Project& project, const Network& network,
                                               const std::string& config_hash,
                                               const std::string& tool = "landfast");

}  // namespace landfast
