// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "run/run.h"

namespace landfast {

/// Asks `x-landfast.pending` of a service: its argv in a container of the image that would run,
/// in the service's networks, without its entrypoint. Exit code 0 means that nothing is pending;
/// any other end, and a container that cannot be made, means that something may be. The container
/// is removed again.
Task<PendingMigrations> ask_pending_command(const Ports& ports, const Project& project,
                                            const World& world, std::string service);

}  // namespace landfast
