// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "run/run.h"

namespace landfast {

/// Removes a volume of the stack for good, and makes its keep container anew without it. Whether
/// that is right was decided before (`removable`, and a person). The lock is the caller's.
Task<Status> remove_volume_for_good(const Ports& ports, std::string stack, std::string volume);

/// Removes a volume; of one that Landfast set aside beside a bind mount, its folder too.
Task<Status> remove_aside(const Ports& ports, VolumeState volume);

}  // namespace landfast
