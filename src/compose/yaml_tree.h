// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "compose/findings.h"
#include "compose/node.h"

namespace landfast::compose {

/// One YAML document: its value, and the paths of its `!reset` and `!override` tags as written
/// (merge keys left out, list positions as numbers).
struct Document {
  Node* root = nullptr;
  std::vector<std::vector<std::string>> resets;
};

inline constexpr std::size_t max_file_bytes = std::size_t{10} << 20;
inline constexpr std::size_t max_depth = 200;

/// What a source holds; `complete` is false where reading had to stop.
struct YamlText {
  std::vector<Document> documents;
  bool complete = false;
};

/// Reads a source; aliases are copies (counted), merge keys are resolved, tagged values are taken
/// out. Errors (syntax, duplicate keys, bounds) go to `findings`.
[[nodiscard]] YamlText read_yaml(Arena& arena, Findings& findings, std::uint16_t source);

}  // namespace landfast::compose
