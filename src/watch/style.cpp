// SPDX-License-Identifier: Apache-2.0
#include "watch/style.h"

#include <algorithm>
#include <array>

namespace landfast {
namespace {

struct Range {
  char32_t first, last;
};
// The blocks of Unicode 15 that matter on a terminal; the rest counts as one column.
constexpr std::array combining{Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD},
                               Range{0x0610, 0x061A}, Range{0x064B, 0x065F}, Range{0x1AB0, 0x1AFF},
                               Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F}, Range{0x202A, 0x202E},
                               Range{0x2060, 0x2069}, Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F},
                               Range{0xFE20, 0xFE2F}};
constexpr std::array wide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
                          Range{0xA960, 0xA97C},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
                          Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
                          Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1FAFF},
                          Range{0x20000, 0x3FFFD}};

template <class Ranges>
bool within(const Ranges& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](Range r) { return c >= r.first && c <= r.last; });
}

std::size_t columns_of(char32_t c) {
  if (c < 0x300) return 1;
  if (within(combining, c)) return 0;
  return within(wide, c) ? 2 : 1;
}

/// The code point at `i`, which moves behind it; a damaged sequence counts byte by byte.
char32_t next_code_point(std::string_view text, std::size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  const int rest = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (rest == 0 || i + static_cast<std::size_t>(rest) > text.size())
    return lead < 0x80 ? lead : '?';
  char32_t value = lead & (0x3F >> rest);
  for (int k = 0; k < rest; ++k)
    value = value << 6 | (static_cast<unsigned char>(text[i++]) & 0x3F);
  return value;
}

std::string_view colour_code(LineState state) {
  switch (state) {
  case LineState::waiting:
    return "\x1b[2m";
  case LineState::active:
    return "\x1b[36m";
  case LineState::done:
    return "\x1b[32m";
  case LineState::failed:
    return "\x1b[31m";
  }
  return "";
}

std::string_view symbol_text(LineState state) {
  switch (state) {
  case LineState::waiting:
    return "○";
  case LineState::active:
    return "●";
  case LineState::done:
    return "✓";
  case LineState::failed:
    return "✗";
  }
  return "";
}

}  // namespace

std::string coloured(std::string_view text, LineState state, Style style) {
  if (!style.colour) return std::string(text);
  return std::string(colour_code(state)) + std::string(text) + "\x1b[0m";
}

std::string faint(std::string_view text, Style style) {
  return coloured(text, LineState::waiting, style);
}

std::string symbol(LineState state, Style style) {
  return coloured(symbol_text(state), state, style);
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) columns += columns_of(next_code_point(text, i));
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    auto next = i;
    const auto width = columns_of(next_code_point(text, next));
    if (used + width > columns - 1) break;
    used += width;
    i = next;
  }
  return std::string(text.substr(0, i)) + "…";
}

std::string padded(std::string_view text, std::size_t columns) {
  const auto width = display_width(text);
  return std::string(text) + std::string(width < columns ? columns - width : 0, ' ');
}

}  // namespace landfast
