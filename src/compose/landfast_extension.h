// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "compose/findings.h"
#include "compose/landfast_values.h"
#include "compose/node.h"
#include "model/extension.h"

namespace landfast::compose {

/// What `x-landfast` says, the file beside and the compose file put together.
struct Extension {
  StackExtension stack;
  std::map<std::string, ServiceExtension> services;
};

/// Checks and decodes. `beside` is the document of landfast.yaml, nullptr where there is none; it
/// wins key by key. Errors and keys whose work is not there yet go to `findings`.
[[nodiscard]] Extension read_landfast(Arena& arena, Findings& findings, ExtensionPaths paths,
                                      const Node& model, const Node* beside);

/// Whether a key (of the stack, or "services." and a service's) is read and has no effect yet.
/// This table is the only place that says so: a line goes when the work is there.
[[nodiscard]] bool is_not_there_yet(std::string_view key);

}  // namespace landfast::compose
