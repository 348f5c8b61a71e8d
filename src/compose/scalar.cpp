// SPDX-License-Identifier: Apache-2.0
#include "compose/scalar.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "compose/go_text.h"

namespace landfast::compose {
namespace {

/// A resolved value; the kind `string` means: as written.
struct Value {
  Kind kind = Kind::string;
  bool boolean = false;
  std::int64_t integer = 0;
  std::uint64_t natural = 0;
  double real = 0;
};

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

Value word(std::string_view text) {
  if (one_of(text, {"true", "True", "TRUE"})) return {.kind = Kind::boolean, .boolean = true};
  if (one_of(text, {"false", "False", "FALSE"})) return {.kind = Kind::boolean};
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return {.kind = Kind::null};
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return {.kind = Kind::real, .real = NAN};
  const bool negative = text.starts_with('-');
  const auto rest = text.substr(negative || text.starts_with('+') ? 1 : 0);
  if (one_of(rest, {".inf", ".Inf", ".INF"}))
    return {.kind = Kind::real, .real = negative ? -HUGE_VAL : HUGE_VAL};
  return {};
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
bool looks_like_float(std::string_view s) {
  const auto digits = [&s] {
    const auto n = std::min(s.find_first_not_of("0123456789"), s.size());
    s.remove_prefix(n);
    return n > 0;
  };
  if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
  const bool whole = digits();
  if (s.starts_with('.')) {
    s.remove_prefix(1);
    if (!digits() && !whole) return false;
  } else if (!whole) {
    return false;
  }
  if (s.starts_with('e') || s.starts_with('E')) {
    s.remove_prefix(1);
    if (s.starts_with('-') || s.starts_with('+')) s.remove_prefix(1);
    if (!digits()) return false;
  }
  return s.empty();
}

Value number(std::string_view text, bool timestamps) {
  if (timestamps && rfc3339(text)) return {.kind = Kind::timestamp};
  std::string plain(text);
  std::erase(plain, '_');
  if (const auto i = parse_int(plain, 0)) return {.kind = Kind::integer, .integer = *i};
  if (const auto u = parse_uint(plain, 0)) return {.kind = Kind::natural, .natural = *u};
  if (looks_like_float(plain))
    if (const auto f = parse_float(plain)) return {.kind = Kind::real, .real = *f};
  return {};
}

Value resolve(std::string_view text, bool timestamps) {
  if (text.empty()) return {.kind = Kind::null};
  const char first = text.front();
  if (std::string_view("tTfFnN~").find(first) != std::string_view::npos) return word(text);
  if (first == '.') {
    const auto value = word(text);
    if (value.kind != Kind::string) return value;
    if (const auto f = parse_float(text)) return {.kind = Kind::real, .real = *f};
    return {};
  }
  if (first == '+' || first == '-' || (first >= '0' && first <= '9')) {
    const auto value = word(text);
    return value.kind != Kind::string ? value : number(text, timestamps);
  }
  return {};
}

void store(Node& node, const Value& value) {
  node.kind = value.kind;
  switch (value.kind) {
  case Kind::boolean:
    node.boolean = value.boolean;
    break;
  case Kind::integer:
    node.integer = value.integer;
    break;
  case Kind::natural:
    node.natural = value.natural;
    break;
  case Kind::real:
    node.real = value.real;
    break;
  case Kind::null:
    node.integer = 0;
    break;
  default:
    break;
  }
}

/// Whether a value that was found suits the tag that was written; an int may become a float.
bool fits(std::string_view tag, Value& value) {
  if (tag == "!!float" && value.kind == Kind::integer) {
    value.kind = Kind::real;
    value.real = static_cast<double>(value.integer);
  }
  switch (value.kind) {
  case Kind::null:
    return tag == "!!null";
  case Kind::boolean:
    return tag == "!!bool";
  case Kind::integer:
  case Kind::natural:
    return tag == "!!int";
  case Kind::real:
    return tag == "!!float";
  case Kind::timestamp:
    return tag == "!!timestamp";
  default:
    return false;
  }
}

}  // namespace

bool resolve_scalar(Node& node, std::string_view tag, bool quoted) {
  const auto text = node.text;
  if (tag.empty()) {
    if (!quoted) store(node, resolve(text, true));
    return true;
  }
  if (!one_of(tag, {"!!bool", "!!int", "!!float", "!!null", "!!timestamp"})) return true;
  auto value = resolve(text, tag == "!!timestamp");
  if (!fits(tag, value)) return false;
  store(node, value);
  return true;
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  std::size_t count = 0, padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const auto digit = c == '=' ? 0 : digits.find(c);
    if (digit == std::string_view::npos || (padding > 0 && c != '=')) return {};
    if (c == '=') ++padding;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    if (++count % 4 != 0) continue;
    for (const int shift : {16, 8, 0}) out += static_cast<char>((bits >> shift) & 0xFF);
  }
  if (count % 4 != 0 || padding > 2) return {};
  out.resize(out.size() - padding);
  return out;
}

bool is_plain_string(std::string_view text) { return resolve(text, true).kind == Kind::string; }

}  // namespace landfast::compose
