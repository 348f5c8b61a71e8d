// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/stack.h"
#include "run/run.h"

namespace landfast {

/// After a rollback, until the folder agrees again: "running 4; the folder describes 5: IMAGE_TAG
/// 1.4 → 1.5". Values are shown of variables that stand in image references, else names only.
/// nullopt where the stack was not rolled back, or the folder agrees.
Task<Result<std::optional<std::string>>> folder_note(const Ports& ports, Target target,
                                                     History history);

/// Whether a project, its content attached, is what a release was made of.
[[nodiscard]] bool agrees(const Project& project, const Release& release);

/// "IMAGE_TAG 1.4 → 1.5, LEVEL".
[[nodiscard]] std::string variables_text(const std::vector<VariableChange>& changes);

}  // namespace landfast
