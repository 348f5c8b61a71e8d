// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "compose/findings.h"
#include "compose/node.h"
#include "model/project.h"

namespace landfast::compose {

/// What `x-landfast` says (DESIGN.md §6), the file beside and the compose file put together.
struct Extension {
  std::map<std::string, ServiceExtension> services;
};

/// Checks and decodes. `beside` is the document of landfast.yaml, nullptr where there is none; it
/// wins key by key. Errors and keys whose work is not there yet go to `findings`.
[[nodiscard]] Extension read_landfast(Findings& findings, const Node& model, const Node* beside);

}  // namespace landfast::compose
