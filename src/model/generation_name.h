// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace landfast {

/// A name taken apart: which generation of which serving name it is.
struct GenerationName {
  std::string serving;  ///< without suffix
  std::int64_t deployment = 0;
  bool was = false;  ///< `.lf-was-N`; else `.lf-N`
};
/// nullopt for a name without such a suffix.
[[nodiscard]] std::optional<GenerationName> generation_name(std::string_view name);

}  // namespace landfast
