// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "compose/findings.h"
#include "compose/interpolate.h"
#include "compose/node.h"

namespace landfast::compose {

/// Replaces variables in every string value (never in keys) and casts the strings of known
/// attributes to numbers and booleans (compose.md 2.1, 2.2). Errors and unset variables go to
/// `findings`.
void interpolate_tree(Arena& arena, Findings& findings, Node& root, const Lookup& lookup);

/// Boolean words of YAML 1.1 in any case; a warning for those other than true and false.
[[nodiscard]] std::optional<bool> boolean_word(std::string_view text);

}  // namespace landfast::compose
