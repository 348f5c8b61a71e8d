// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "run/run.h"
#include "sql/migration_state.h"

namespace landfast {

/// The files of an image that may tell something about a tool's migrations. They are read from a
/// container of that image, or from one that is made for it and removed again, never started.
/// Errors: one folder that has to be read is too large.
Task<Result<std::vector<ImageFile>>> migration_files(const Ports& ports, std::string stack,
                                                     const Image& image, const World& world,
                                                     MigrationTool tool);

}  // namespace landfast
