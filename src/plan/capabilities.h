// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// What the file says and this engine, or any plain engine, will not do: one calm line each, with
/// the attribute's path. Nothing here stops a deploy.
[[nodiscard]] std::vector<Warning> what_engine_cannot(const Project& project,
                                                      const EngineFacts& engine);

/// What cannot be deployed on this engine at all, as Compose refuses it at `up` or as the engine
/// would refuse it later. Empty where all is well; the first error first, by service.
[[nodiscard]] std::vector<Error> what_engine_refuses(const Project& project,
                                                     const EngineFacts& engine);

}  // namespace landfast
