// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "compose/findings.h"
#include "compose/node.h"

namespace landfast::compose {

/// Merges `over` onto `base` by the rules of each attribute (compose.md 3.1–3.4) and returns the
/// result, which is made of both. A clash of types is an error in `findings`.
[[nodiscard]] Node* merge_model(Arena& arena, Findings& findings, Node* base, Node* over);

/// The same for two service definitions (`extends`).
[[nodiscard]] Node* merge_service(Arena& arena, Findings& findings, Node* base, Node* over);

/// Leaves the last one of list entries that mean the same (compose.md 3.5); it takes the place of
/// the first.
void remove_duplicates(Findings& findings, Node& root);

/// Compose's `--no-interpolate` JSON shows empty lists as null, but for the lists of above.
void nullify_empty_lists(Node& root);

/// Deletes what `!reset` and `!override` of a document name from a tree.
void apply_resets(Arena& arena, Node& root, const std::vector<std::vector<std::string>>& resets);
/// The same below `services.<name>`, for the base of an `extends`.
void apply_resets_to_service(Arena& arena, Node& service, std::string_view name,
                             const std::vector<std::vector<std::string>>& resets);

}  // namespace landfast::compose
