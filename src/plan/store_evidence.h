// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/project.h"
#include "model/store.h"
#include "model/world.h"

namespace landfast {

/// What each service of the stack keeps its data in and what tells of its kind, by service name:
/// from the project (nullptr: what runs), its containers and their images. `processes` by
/// container id. Single files and sockets of the host are among the places.
[[nodiscard]] std::vector<StoreEvidence> store_evidence(
    const Project* project, const World& world,
    const std::map<std::string, std::vector<std::string>>& processes);

}  // namespace landfast
