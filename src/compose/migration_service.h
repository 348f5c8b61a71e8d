// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/project.h"

namespace landfast::compose {

/// Gives each enabled service with `x-landfast: {migrate: [COMMAND]}` a one-shot beside it that
/// runs the command in the service's own image, without the image's entrypoint, and that the
/// service waits for: `<service>-migrate`.
void add_migration_services(Project& project);

}  // namespace landfast::compose
