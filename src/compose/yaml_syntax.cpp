// SPDX-License-Identifier: Apache-2.0
#include "compose/yaml_syntax.h"

#include <fmt/format.h>

namespace landfast::compose {
namespace {

Place place_of(const yaml_mark_t& mark, std::uint16_t source) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1),
          source};
}

std::string_view text_of(const char* text) { return text == nullptr ? "" : text; }

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

/// libyaml's own words, where we know no better ones.
SyntaxError plain(const yaml_parser_t& parser, std::uint16_t source) {
  std::string text(parser.problem == nullptr ? "not YAML" : parser.problem);
  if (parser.context != nullptr) text = fmt::format("{}, {}", parser.context, text);
  auto mark = parser.problem_mark;
  if (parser.error == YAML_READER_ERROR) {
    text = fmt::format("{} at byte {}", text, parser.problem_offset);
    mark = parser.mark;
  }
  return {place_of(mark, source), "not valid YAML: " + text,
          "mind the indentation, and quote values that hold `: `, ` #`, or start with a sign"};
}

}  // namespace

SyntaxError syntax_error(const yaml_parser_t& parser, const Findings& findings,
                         std::uint16_t source, const std::optional<QuotedLines>& last) {
  auto out = plain(parser, source);
  const auto context = text_of(parser.context), problem = text_of(parser.problem);
  if (parser.error == YAML_READER_ERROR) return out;
  if (context == "while scanning a quoted scalar" && problem.starts_with("found unexpected"))
    return {place_of(parser.context_mark, source), "the quote that begins here is never closed",
            "close it at the end of the value, with the same sign"};
  if (last && last->closing.line == parser.problem_mark.line)
    return {place_of(last->opening, source),
            fmt::format("the quote that begins here is closed in line {} only, and what follows "
                        "there is not valid YAML",
                        last->closing.line + 1),
            "close it at the end of its value"};
  const auto line = findings.mark(out.place).source_line;
  const auto indent = indent_of(line);
  const auto tab = line.find('\t');
  if (tab < indent)
    return {{out.place.line, static_cast<std::uint32_t>(tab + 1), source},
            "a tab stands in the indentation of this line",
            "YAML indents with spaces only"};
  const bool at_start = parser.problem_mark.column == indent;
  if (at_start && context == "while parsing a block mapping")
    return {out.place,
            fmt::format("the indentation of this line fits no line above it: the mapping around "
                        "it begins in line {}, column {}",
                        parser.context_mark.line + 1, parser.context_mark.column + 1),
            "keys that belong together begin in the same column"};
  if (problem == "mapping values are not allowed in this context")
    out.hint = "quote a value that holds `: `, and give each key a line of its own";
  return out;
}

}  // namespace landfast::compose
