// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/history.h"
#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// Why a container that is there cannot stay as it is.
struct Reasons {
  std::vector<std::string> replace;  ///< causes of a replacement, in plain words
  std::string policy;      ///< "restart: no → always", which is set live; "" where it is equal
  bool same_file = false;  ///< it was made of the same model: what differs, others have changed
};

/// Compares what the project wants with what the engine shows; `owners` maps a service to the id of
/// its container, for shared namespaces.
[[nodiscard]] Result<Reasons> reasons_to_replace(const Project& project, const Service& service,
                                                 const Container& container, const World& world,
                                                 const History& history,
                                                 const std::map<std::string, std::string>& owners);

/// Compose's hash of the service with `service:x` replaced by the containers that are there.
[[nodiscard]] std::string service_config_hash(const Service& service,
                                              const std::map<std::string, std::string>& owners);

}  // namespace landfast
