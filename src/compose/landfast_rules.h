// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "compose/schema.h"

namespace landfast::compose {

/// What `x-landfast` may hold: at the top, in a service, and a landfast.yaml whole.
/// The published schema (json_schema.h) is made of these.
[[nodiscard]] const Rule& landfast_stack_rule();
[[nodiscard]] const Rule& landfast_service_rule();
[[nodiscard]] const Rule& landfast_file_rule();

}  // namespace landfast::compose
