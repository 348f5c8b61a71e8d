// SPDX-License-Identifier: Apache-2.0
#include "base/go_float.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace landfast {
namespace {

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

}  // namespace

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

}  // namespace landfast
