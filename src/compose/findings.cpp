// SPDX-License-Identifier: Apache-2.0
#include "compose/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace landfast::compose {
namespace {

constexpr std::size_t max_line = 400;  ///< bytes of a quoted source line

std::string line_of(const Source& source, std::uint32_t line) {
  const std::string_view text = source.text;
  if (source.lines.empty()) {
    source.lines.push_back(0);
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
      source.lines.push_back(static_cast<std::uint32_t>(at + 1));
  }
  if (line == 0 || line > source.lines.size()) return {};
  auto found = text.substr(source.lines[line - 1], max_line);
  found = found.substr(0, found.find('\n'));
  if (found.ends_with('\r')) found.remove_suffix(1);
  return std::string(found);
}

bool before(const Error& a, const Error& b) {
  if (!a.mark || !b.mark) return a.mark.has_value() && !b.mark.has_value();
  return std::tie(a.mark->file, a.mark->line, a.mark->column) <
         std::tie(b.mark->file, b.mark->line, b.mark->column);
}

}  // namespace

std::string Path::text() const {
  std::string out;
  for (const auto& part : parts_) {
    if (part.position != 0) {
      out += "[" + std::to_string(part.position - 1) + "]";
    } else {
      if (!out.empty()) out += '.';
      out += part.key;
    }
  }
  return out;
}

std::uint16_t Findings::add_source(Source source) {
  sources_.push_back(std::move(source));
  return static_cast<std::uint16_t>(sources_.size() - 1);
}

Mark Findings::mark(const Place& place) const {
  const auto& from = sources_[place.source];
  return {from.file, static_cast<int>(place.line), static_cast<int>(place.column),
          line_of(from, place.line)};
}

void Findings::error(const Place& place, std::string path, std::string text, std::string hint) {
  Error e;
  e.code = Code::invalid;
  e.text = std::move(text);
  e.path = std::move(path);
  e.hint = std::move(hint);
  if (place.source != 0) {
    e.mark = mark(place);
    e.trace = sources_[place.source].trace;
  }
  error(std::move(e));
}

void Findings::error(Error error) {
  if (errors_.size() >= max_errors) return;
  if (error.text.size() > max_line) {
    auto end = max_line;
    while (end > 0 && (static_cast<unsigned char>(error.text[end]) & 0xC0) == 0x80) --end;
    error.text.resize(end);
    error.text += "…";
  }
  // What follows from an error at the same place says nothing new.
  const auto same = [&](const Error& other) {
    return other.mark == error.mark && other.path == error.path &&
           (error.mark.has_value() || other.text == error.text);
  };
  if (std::ranges::none_of(errors_, same)) errors_.push_back(std::move(error));
}

void Findings::warn(std::string text, const Place& place, std::string path) {
  if (warnings_.size() >= max_errors * 10) return;
  Warning w{std::move(text), std::nullopt, std::move(path)};
  if (place.source != 0) w.mark = mark(place);
  warnings_.push_back(std::move(w));
}

void Findings::warn(std::string text) { warn(std::move(text), Place{}); }

void Findings::warn_once(std::string text, const Place& place) {
  if (warnings_.size() >= max_errors * 10) return;
  if (seen_.insert(text).second) warn(std::move(text), place);
}

void Findings::unset(const std::string& variable, const Place& place) {
  warn_once(
      fmt::format("the variable {} is not set, a blank text stands for it", in_quotes(variable)),
      place);
  if (unset_.size() < max_errors * 10) unset_.insert(variable);
}

Error Findings::take_error() {
  if (errors_.empty()) errors_.push_back({.code = Code::invalid, .text = "the load failed"});
  std::ranges::stable_sort(errors_, before);
  auto first = std::move(errors_.front());
  for (std::size_t i = 1; i < errors_.size(); ++i) first.more.push_back(std::move(errors_[i]));
  errors_.clear();
  return first;
}

}  // namespace landfast::compose
