// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "model/project.h"

namespace landfast {

/// SHA-256 over the content that `service` mounts from files: configs, secrets, bind-mounted
/// regular files, each with its target. "" where it mounts none.
[[nodiscard]] std::string content_digest(const Project& project, const Service& service);

}  // namespace landfast
