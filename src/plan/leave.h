// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// One of our copies of a config or secret that a container mounts.
struct MountedCopy {
  std::string target;  ///< path in the container
  std::string digest;  ///< name of the copy below `mounted/<stack>/`
};

/// The copies that the container mounts, by target.
[[nodiscard]] std::vector<MountedCopy> mounted_copies(const Container& container,
                                                      const std::string& stack);

/// A read_only service cannot get content that stands in no file of the user's any other way than
/// by our copy; Compose cannot give it either.
[[nodiscard]] bool lives_by_copies(const Project& project, const Service& service);

}  // namespace landfast
