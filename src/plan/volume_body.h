// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "model/project.h"

namespace landfast {

/// Body of POST /volumes/create for a volume of the project, as Compose sends it, with its labels
/// (compose.md §4.1). `config_hash` is Compose's hash of the volume.
[[nodiscard]] boost::json::object volume_body(const Project& project, const Volume& volume,
                                              const std::string& config_hash,
                                              const std::string& tool = "landfast");

}  // namespace landfast
