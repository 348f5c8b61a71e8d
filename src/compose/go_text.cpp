// SPDX-License-Identifier: Apache-2.0
#include "compose/go_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/text.h"

namespace landfast::compose {
namespace {

/// Takes the base prefix off ("0x", "0b", "0o", "0") and returns the base.
int take_prefix(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char mark = static_cast<char>(digits[1] | 0x20);
  const int base = mark == 'x' ? 16 : mark == 'b' ? 2 : mark == 'o' ? 8 : 0;
  digits.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

std::string sprint_mapping(const Node& value) {
  std::vector<const Entry*> sorted;
  for (const auto& e : value.entries()) sorted.push_back(&e);
  std::ranges::sort(sorted, {}, &Entry::key);
  std::string out = "map[";
  for (const auto* e : sorted) {
    if (out.size() > 4) out += ' ';
    out += std::string(e->key) + ":" + sprint(*e->value);
  }
  return out + "]";
}

}  // namespace

std::optional<std::uint64_t> parse_uint(std::string_view text, int base) {
  if (base == 0) base = take_prefix(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

std::optional<std::int64_t> parse_int(std::string_view text, int base) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const auto value = parse_uint(text, base);
  constexpr auto limit = std::uint64_t{1} << 63;
  if (!value || (negative ? *value > limit : *value >= limit)) return {};
  return static_cast<std::int64_t>(negative ? ~*value + 1 : *value);
}

std::optional<double> parse_float(std::string_view text) {
  const bool sign = text.starts_with('+') || text.starts_with('-');
  auto digits = text.substr(sign ? 1 : 0);
  const auto word = lower(digits);
  const double flip = text.starts_with('-') ? -1 : 1;
  if (word == "inf" || word == "infinity") return flip * HUGE_VAL;
  if (word == "nan" && !sign) return NAN;
  auto format = std::chars_format::general;
  if (word.starts_with("0x")) {
    if (word.find('p') == std::string::npos) return {};
    digits.remove_prefix(2);
    format = std::chars_format::hex;
  }
  if (digits.empty() || digits[0] == '-' || digits[0] == '+' || word[0] == 'i' || word[0] == 'n')
    return {};
  double value = 0;
  const auto end = digits.data() + digits.size();
  const auto [ptr, error] = std::from_chars(digits.data(), end, value, format);
  if (error != std::errc{} || ptr != end) return {};
  return flip * value;
}

double widen_float32(double value) {
  return parse_float(format_float_g(static_cast<float>(value), true)).value_or(value);
}

std::string sprint(const Node& value) {
  switch (value.kind) {
  case Kind::null:
    return "<nil>";
  case Kind::boolean:
    return value.boolean ? "true" : "false";
  case Kind::integer:
    return std::to_string(value.integer);
  case Kind::natural:
    return std::to_string(value.natural);
  case Kind::real:
  case Kind::real32:
    return format_float_g(value.real, value.is(Kind::real32));
  case Kind::string:
    return std::string(value.text);
  case Kind::timestamp:
    return rfc3339(value.text).value_or(std::string(value.text));
  case Kind::mapping:
    return sprint_mapping(value);
  case Kind::sequence:
    break;
  }
  std::string out = "[";
  for (const auto* item : value.items()) out += (out.size() > 1 ? " " : "") + sprint(*item);
  return out + "]";
}

}  // namespace landfast::compose
