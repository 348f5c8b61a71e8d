// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <yaml.h>

#include <optional>
#include <string>

#include "compose/findings.h"

namespace landfast::compose {

/// A quoted text of several lines: where its quotes stand.
struct QuotedLines {
  yaml_mark_t opening{}, closing{};
};

/// What is wrong with a text that is no YAML, in words for people, at the place to repair.
struct SyntaxError {
  Place place;
  std::string text;
  std::string hint;
};

/// Reads libyaml's error. `last`: the last quoted text of several lines before it, because a quote
/// that is not closed often ends at the next one.
[[nodiscard]] SyntaxError syntax_error(const yaml_parser_t& parser, const Findings& findings,
                                       std::uint16_t source,
                                       const std::optional<QuotedLines>& last);

}  // namespace landfast::compose
