// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "model/project.h"
#include "port/builder.h"

namespace landfast {

/// What a service's image is built from, with the secrets that its build names.
[[nodiscard]] BuildRequest build_request(const Project& project, const Service& service);

}  // namespace landfast
