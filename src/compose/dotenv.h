// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "compose/interpolate.h"

namespace landfast::compose {

/// A failure with the 1-based line that it is in.
struct EnvError {
  std::uint32_t line = 0;
  std::string text;
  std::string hint;
};

/// What an env file gave besides its values.
struct EnvOutcome {
  std::optional<EnvError> error;
  std::vector<std::string> unset;  ///< variables that were not set
};

/// Reads an env file into `vars` (compose.md 2.4: quotes, export, `=` or `:`, comments, BOM, CRLF,
/// `$` with the values above it). `lookup` is asked first, for `$` and for a KEY that stands alone.
[[nodiscard]] EnvOutcome read_env(std::string_view text, Variables& vars, const Lookup& lookup);

/// `format: raw`: no quotes, no `$`, no comments at the end of a line.
[[nodiscard]] EnvOutcome read_raw_env(std::string_view text, Variables& vars, const Lookup& lookup);

}  // namespace landfast::compose
