// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "model/world.h"

namespace landfast {

/// The namespaces of other containers that this one has joined: kind as in /proc/<pid>/ns ("net",
/// "ipc", "pid") → id of the owner.
[[nodiscard]] std::map<std::string, std::string> joined_namespaces(const Container& container);

}  // namespace landfast
