// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "run/run.h"

namespace landfast {

/// What an earlier release's images mean for the references that its files name.
struct KeptImages {
  std::map<std::string, std::string> wanted_tags;  ///< reference → id that it must name
  std::map<std::string, std::string> moved_tags;   ///< reference → id that it names now
};

/// Finds the images of `release` on the engine and puts them into `world` under the references of
/// `project`, as if they were named so already. `not_found` names the services whose image is gone.
Task<Result<KeptImages>> take_kept_images(const Ports& ports, const Project& project,
                                          const Release& release, World& world);

/// The migration that ran in a release after `target`, as "migrate (release 6)"; "" where none did.
[[nodiscard]] std::string migration_since(const Release& target, const History& history,
                                          const std::vector<Release>& releases);

}  // namespace landfast
