// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "compose/yaml_tree.h"

namespace landfast::compose {

/// The key under which the reader keeps `<<`; no key of a file is it: it is told by its address.
extern const std::string_view merge_key;

/// Takes `!reset` values out, notes the paths of both directives, resolves merge keys.
[[nodiscard]] Document finish_document(Arena& arena, Findings& findings, Node* root);

}  // namespace landfast::compose
