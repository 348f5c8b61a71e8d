// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/redact.h"
#include "run/run.h"

namespace landfast {

inline constexpr std::size_t deployments_with_logs = 20;  ///< whose saved logs are kept

/// Knows the secrets of a container: variables, and the files that Landfast keeps for it.
[[nodiscard]] Redactor redactor_of(const Container& container);
/// Adds the secrets of a project.
void add_secrets(Redactor& redactor, const Project& project);

/// Saves the logs of the containers that `undo` removes, redacted, before it does. What cannot be
/// saved is told in the status; the undo goes on.
Task<Status> save_logs(const Ports& ports, const Plan& undo, const World& world,
                       const std::vector<Secret>& secrets);

}  // namespace landfast
