// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/history.h"

namespace landfast {

enum class ReleaseChangeKind : std::uint8_t { added, removed, image, configuration, content };

/// What differs in one service between two releases; never a value of a variable.
struct ReleaseChange {
  std::string service;
  ReleaseChangeKind kind = ReleaseChangeKind::configuration;
  std::string before, now;  ///< of `image`: references, or short ids where the reference stayed
};

/// By service; a service can have several. A changed image reference alone is no configuration.
[[nodiscard]] std::vector<ReleaseChange> release_changes(const Release& before, const Release& now);

/// "app: image app:1.4 → app:1.5, configuration; db: new".
[[nodiscard]] std::string changes_text(const std::vector<ReleaseChange>& changes);
/// "image app:1.4 → app:1.5", "new", "gone", "configuration", "the content of a mounted file".
[[nodiscard]] std::string change_text(const ReleaseChange& change);

}  // namespace landfast
