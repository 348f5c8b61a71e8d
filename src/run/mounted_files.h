// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "base/result.h"
#include "model/project.h"
#include "port/host.h"

namespace landfast {

/// Keeps a copy of each config and secret that `service` mounts as a file, named by its digest, so
/// that old content stays old. Returns digest → path.
[[nodiscard]] Result<std::map<std::string, std::string>> keep_mounted_files(Host& host,
                                                                            const Project& project,
                                                                            const Service& service);

}  // namespace landfast
