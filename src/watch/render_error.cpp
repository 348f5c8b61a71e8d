// SPDX-License-Identifier: Apache-2.0
#include "watch/render_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <vector>

#include "base/text.h"

namespace landfast {
namespace {

namespace json = boost::json;
constexpr std::size_t line_limit = 160;  ///< columns of a source line that are shown
constexpr int cause_limit = 8;

std::string_view trim_end(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  return line;
}

std::string relative(std::string_view file, std::string_view here) {
  if (here.size() > 1 && file.size() > here.size() + 1 && file.starts_with(here) &&
      file[here.size()] == '/')
    return printable(file.substr(here.size() + 1));
  return printable(file);
}

/// What stands before the caret: a tab stays a tab, so that it stands below its character.
std::string caret_indent(std::string_view line, std::size_t characters) {
  std::string indent;
  for (std::size_t i = 0; i < line.size() && characters > 0; --characters) {
    auto next = i + 1;
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xC0) == 0x80) ++next;
    const auto character = line.substr(i, next - i);
    indent += character == "\t" ? "\t" : std::string(display_width(printable(character)), ' ');
    i = next;
  }
  return indent;
}

std::string source_text(const Mark& mark, Style style) {
  if (mark.source_line.empty() || mark.line == 0) return {};
  std::string_view line = mark.source_line;
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const auto column = static_cast<std::size_t>(std::max(mark.column, 1)) - 1;
  const auto number = std::to_string(mark.line);
  auto text = fmt::format("  {} | {}\n", number, fit(printable(line), line_limit));
  if (mark.column > 0 && column < line_limit)
    text += fmt::format("  {} | {}{}\n", std::string(number.size(), ' '),
                        caret_indent(line, column), coloured("^", LineState::failed, style));
  return text;
}

/// Text of several lines, made safe line by line.
std::string block(std::string_view text, std::string_view indent) {
  std::vector<std::string> lines;
  for (const auto& line : split(trim(text), '\n')) lines.push_back(printable(trim_end(line)));
  return join(lines, "\n" + std::string(indent));
}

std::string prefix_of(const Error& error, std::string_view here) {
  return error.mark ? place_text(*error.mark, here) + ": " : std::string{};
}

/// What happened and where; the hint is left to the caller, so that the next step stays last.
std::string body_text(const Error& error, std::string_view here, Style style) {
  auto text = prefix_of(error, here) + block(error.text, "  ") + "\n";
  if (error.mark) text += source_text(*error.mark, style);
  if (!error.path.empty() && error.text.find(error.path) == std::string::npos)
    text += "  at " + printable(error.path) + "\n";
  for (const auto& step : error.trace) text += "  " + block(step, "  ") + "\n";
  const auto* cause = error.cause.get();
  for (int depth = 0; cause != nullptr && depth < cause_limit;
       ++depth, cause = cause->cause.get()) {
    text += "  because: " + prefix_of(*cause, here) + block(cause->text, "    ") + "\n";
    for (const auto& step : cause->trace) text += "    " + block(step, "    ") + "\n";
  }
  return text;
}

std::string hint_of(const Error& error) {
  for (const auto* e = &error; e != nullptr; e = e->cause.get())
    if (!e->hint.empty()) return block(e->hint, "");
  return {};
}

}  // namespace

std::string_view to_string(Code code) {
  switch (code) {
  case Code::failed:
    return "failed";
  case Code::invalid:
    return "invalid";
  case Code::not_found:
    return "not_found";
  case Code::conflict:
    return "conflict";
  case Code::unavailable:
    return "unavailable";
  case Code::unsupported:
    return "unsupported";
  case Code::timeout:
    return "timeout";
  case Code::cancelled:
    return "cancelled";
  case Code::locked:
    return "locked";
  case Code::corrupt:
    return "corrupt";
  case Code::stuck:
    return "stuck";
  }
  return "failed";
}

std::string place_text(const Mark& mark, std::string_view here) {
  auto text = relative(mark.file, here);
  if (mark.line > 0) text += fmt::format(":{}", mark.line);
  if (mark.line > 0 && mark.column > 0) text += fmt::format(":{}", mark.column);
  return text;
}

std::string render_error(const Error& error, std::string_view here, Style style) {
  std::vector<const Error*> all{&error};
  for (const auto& further : error.more) all.push_back(&further);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += coloured("✗", LineState::failed, style) + " " + body_text(*all[i], here, style);
    const auto hint = hint_of(*all[i]);
    // One hint for neighbours stands once, under the last of them.
    if (hint.empty() || (i + 1 < all.size() && hint_of(*all[i + 1]) == hint)) continue;
    text += (all.size() > 1 ? "  " + block(hint, "  ") : hint) + "\n";
  }
  return text;
}

json::object error_json(const Error& error) {
  json::object out{{"code", to_string(error.code)}, {"text", error.text}};
  if (error.mark) {
    out["file"] = error.mark->file;
    if (error.mark->line > 0) out["line"] = error.mark->line;
    if (error.mark->column > 0) out["column"] = error.mark->column;
  }
  if (!error.path.empty()) out["path"] = error.path;
  if (!error.hint.empty()) out["hint"] = error.hint;
  if (!error.trace.empty()) {
    json::array trace;
    for (const auto& step : error.trace) trace.emplace_back(step);
    out["trace"] = std::move(trace);
  }
  if (error.cause) out["cause"] = error_json(*error.cause);
  if (!error.more.empty()) {
    json::array more;
    for (const auto& further : error.more) more.emplace_back(error_json(further));
    out["more"] = std::move(more);
  }
  return out;
}

}  // namespace landfast
