// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "plan/deploy_steps.h"

namespace landfast {

/// What must hold before anything is touched: externals exist, ports are free, known volumes are
/// there, images can be had. All findings at once, `invalid`.
[[nodiscard]] Status check_preconditions(const DeployInput& input);

}  // namespace landfast
