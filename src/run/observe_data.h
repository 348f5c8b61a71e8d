// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "run/run.h"

namespace landfast {

/// Fills `world.stores`: what the stack's services keep (part of `observe`). A place that cannot be
/// looked into, such as a remote engine's, is known by its service's image alone.
Task<Status> observe_stores(const Ports& ports, const Project* project, World& world);

/// Fills `world.volume_facts` for these stores: sizes and abilities, a walk over all their files.
/// What is not there is left out.
Task<Status> observe_volume_facts(const Ports& ports, World& world, std::vector<Store> stores);

/// The place of a store as the port wants it; without a name for a bind mount.
[[nodiscard]] VolumeState volume_of(const World& world, const Store& store);

}  // namespace landfast
