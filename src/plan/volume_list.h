// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/project.h"
#include "model/store.h"
#include "model/world.h"

namespace landfast {

/// A place of data of a stack, as `volumes` shows it.
struct VolumeLine {
  std::string name;  ///< of the volume; of a bind mount the host's folder
  bool bind = false;
  std::optional<StoreKind> kind;  ///< nullopt: not known
  std::string version, why_kind;
  std::string path;                  ///< of the host
  std::vector<std::string> used_by;  ///< services, sorted
  std::vector<std::string> holders;  ///< containers that have it mounted, running or not, sorted
  std::string of;                    ///< set aside: whose data it keeps; else empty
  std::string why;                   ///< why it was set aside
  std::string created;               ///< RFC 3339
  bool newest = false;               ///< the newest copy set aside of that volume
};

/// The stack's places of data: volumes that are there, by name, each followed by the copies that
/// Landfast set aside of it, newest first; then folders of the host, likewise. `all` are the
/// containers of the engine in brief; `world.stores` tells the kinds.
[[nodiscard]] std::vector<VolumeLine> volume_lines(const std::string& stack, const Project* project,
                                                   const World& world,
                                                   const std::vector<Container>& all);

/// The line that `name` names if a person may remove it: a volume of the stack that no container
/// holds. Else the reason and the next step; `invalid`.
[[nodiscard]] Result<VolumeLine> removable(const std::vector<VolumeLine>& lines,
                                           const std::string& stack, const std::string& name,
                                           const std::vector<VolumeState>& volumes);

}  // namespace landfast
