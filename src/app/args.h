// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <variant>

#include "app/arguments.h"
#include "base/result.h"

namespace landfast {

/// A text that was asked for: --help, --version.
struct HelpText {
  std::string text;
};

/// Decodes a command line without the program's name. Errors are `invalid`: what is wrong, the
/// nearest match where there is one, and the usage line as the hint.
[[nodiscard]] Result<std::variant<Arguments, HelpText>> parse_arguments(
    std::span<const std::string> words);

/// A span of time as `--timeout` takes it: "90", "90s", "1m30s", "500ms".
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(const std::string& text);

}  // namespace landfast
