// SPDX-License-Identifier: Apache-2.0
#include "app/log_lines.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::size_t longest_line = 65536;
constexpr std::array prefix_colours{"\x1b[36m", "\x1b[33m", "\x1b[32m",
                                    "\x1b[35m", "\x1b[34m", "\x1b[96m"};

/// Length of a colour sequence (ESC [ digits ; … m) at the front, 0 where there is none.
std::size_t colour_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end < std::min<std::size_t>(32, text.size()) && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    rest_.append(bytes.substr(0, end));
    if (end == std::string_view::npos && rest_.size() < longest_line) return;
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    end_line();
  }
}

void LineSplitter::end() {
  if (!rest_.empty()) end_line();
}

void LineSplitter::end_line() {
  std::string_view line = rest_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  on_line_(line);
  rest_.clear();
}

std::string log_line_for_terminal(std::string_view line) {
  std::string out;
  bool coloured = false;
  while (!line.empty()) {
    if (const auto length = colour_length(line); length > 0) {
      out += line.substr(0, length);
      coloured = true;
      line.remove_prefix(length);
      continue;
    }
    auto next = line.find('\x1b', 1);
    while (next != std::string_view::npos && colour_length(line.substr(next)) == 0)
      next = line.find('\x1b', next + 1);
    out += printable(line.substr(0, next));
    line.remove_prefix(next == std::string_view::npos ? line.size() : next);
  }
  return coloured ? out + "\x1b[0m" : out;
}

std::string log_prefix(std::string_view name, std::size_t width, std::size_t index, Style style) {
  auto text = padded(name, width) + " | ";
  if (!style.colour) return text;
  return prefix_colours.at(index % prefix_colours.size()) + text + "\x1b[0m";
}

}  // namespace landfast
