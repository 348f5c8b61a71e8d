// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace landfast::compose {

using Variables = std::map<std::string, std::string, std::less<>>;

/// Finds the value of a variable; nullopt: not set.
using Lookup = std::function<std::optional<std::string_view>(std::string_view name)>;

/// What a text became, and the variables that were not set and had no default.
struct Substitution {
  std::string text;
  std::vector<std::string> unset;
};

/// Replaces `$NAME`, `${NAME}` and the operators `:-` `-` `:+` `+` `:?` `?`, nested, as Compose
/// 2.40 does (compose.md 2.1): a `$` before anything else stays, `${` that is no expression is an
/// error, a default is worked out even where it is not used. Bounds: 50 levels, 1 MiB of result.
[[nodiscard]] Result<Substitution> substitute(std::string_view text, const Lookup& lookup);

/// A variable that a text asks for (`config --variables`).
struct VariableUse {
  std::string name;
  std::string fallback;
  std::string alternative;
  bool required = false;
};
[[nodiscard]] std::vector<VariableUse> variables_of(std::string_view text);

}  // namespace landfast::compose
