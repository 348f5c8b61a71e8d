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

/// Digits and exponent of the shortest text: "1.5e+08" → "15", 8.
struct Decimal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Decimal shortest(double value, bool bits32) {
  char buffer[64];
  const auto end =
      bits32
          ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(value),
                          std::chars_format::scientific)
                .ptr
          : std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  Decimal d;
  if (text.starts_with('-')) d.negative = true, text.remove_prefix(1);
  const auto e = text.find('e');
  for (const char c : text.substr(0, e))
    if (c != '.') d.digits += c;
  d.exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  return d;
}

std::string exponent_form(const Decimal& d, bool two_digits) {
  std::string out = d.negative ? "-" : "";
  out += d.digits[0];
  if (d.digits.size() > 1) out += "." + d.digits.substr(1);
  out += d.exponent < 0 ? "e-" : "e+";
  const auto size = std::to_string(std::abs(d.exponent));
  if (two_digits && size.size() < 2) out += '0';
  return out + size;
}

std::string plain_form(const Decimal& d) {
  std::string out = d.negative ? "-" : "";
  const auto count = static_cast<int>(d.digits.size());
  if (d.exponent < 0) return out + "0." + std::string(-d.exponent - 1, '0') + d.digits;
  if (count <= d.exponent + 1) return out + d.digits + std::string(d.exponent + 1 - count, '0');
  return out + d.digits.substr(0, d.exponent + 1) + "." + d.digits.substr(d.exponent + 1);
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

std::string format_float_g(double value, bool bits32) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const auto d = shortest(value, bits32);
  constexpr int precision = 6;  // strconv's choice between %e and %f for the shortest text
  const bool scientific = d.exponent < -4 || d.exponent >= precision;
  return scientific ? exponent_form(d, true) : plain_form(d);
}

std::string format_float_json(double value, bool bits32) {
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const auto size = std::abs(value);
  const auto d = shortest(value, bits32);
  return size < 1e-6 || size >= 1e21 ? exponent_form(d, false) : plain_form(d);
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
