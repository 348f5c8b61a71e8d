// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "run/run.h"

namespace landfast {

/// `plan_deploy`, after a look at the data that such a deploy could change: its sizes and whether
/// it can be guarded are added to the world. Where none is at stake nothing is measured.
[[nodiscard]] Task<Result<Plan>> make_plan(const Ports& ports, const Project& project, World& world,
                                           const History& history, const DeployOptions& options);

}  // namespace landfast
