// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "data/tree.h"
#include "model/store.h"
#include "model/world.h"

namespace landfast {

/// What a filesystem can do with the folder, and how much is in it: VolumeFacts but for the path.
[[nodiscard]] Result<VolumeFacts> disk_facts(int folder, const VolumeState& volume,
                                             const TreeWork& work);
/// A look at what kind of data is in the folder.
[[nodiscard]] Result<VolumeContent> look_into(int folder, const VolumeState& volume,
                                              const TreeWork& work);
/// Bytes per second of a copy within the folder's filesystem, from the disk and to the disk.
[[nodiscard]] Result<double> measured_copy_rate(int folder, const TreeWork& work);

}  // namespace landfast
