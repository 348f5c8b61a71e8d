// SPDX-License-Identifier: Apache-2.0
#include "compose/yaml_text.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "compose/go_text.h"
#include "compose/scalar.h"
#include "compose/utf8.h"

namespace landfast::compose {
namespace json = boost::json;
namespace {

enum class Style : std::uint8_t { plain, single, double_quoted, literal };

std::size_t width_at(std::string_view s, std::size_t i) {
  const auto c = static_cast<unsigned char>(s[i]);
  const std::size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
  return std::min(n, s.size() - i);
}

bool is_break(std::string_view s, std::size_t i) {
  return s[i] == '\n' || s[i] == '\r' || s.substr(i, 2) == "\u0085" || s.substr(i, 3) == "\u2028" ||
         s.substr(i, 3) == "\u2029";
}

/// What the emitter writes as it is; characters above U+FFFF are escaped.
bool is_printable(std::string_view s, std::size_t i) {
  const auto at = [&](std::size_t k) {
    return k < s.size() ? static_cast<unsigned char>(s[k]) : 0U;
  };
  const auto c = at(i);
  if (c == 0x0A || (c >= 0x20 && c <= 0x7E)) return true;
  if (c == 0xC2) return at(i + 1) >= 0xA0;
  // U+2028 and U+2029 break lines: only escaped do they read back as they are.
  if (c == 0xE2 && at(i + 1) == 0x80 && (at(i + 2) == 0xA8 || at(i + 2) == 0xA9)) return false;
  if (c == 0xED) return at(i + 1) < 0xA0;
  if (c == 0xEF)
    return !(at(i + 1) == 0xBB && at(i + 2) == 0xBF) &&
           !(at(i + 1) == 0xBF && (at(i + 2) == 0xBE || at(i + 2) == 0xBF));
  return (c > 0xC2 && c < 0xED) || c == 0xEE;
}

/// What a text allows (libyaml's analysis of a scalar, block context).
struct Allowed {
  bool plain = true, single = true, literal = true, multiline = false;
};

bool starts_indicator(std::string_view s, bool blank_follows) {
  if (std::string_view("#,[]{}&*!|>'\"%@`").find(s[0]) != std::string_view::npos) return true;
  return std::string_view("?:-").find(s[0]) != std::string_view::npos && blank_follows;
}

Allowed analyse(std::string_view s) {
  Allowed a;
  if (s.empty()) return a.literal = false, a;
  const auto blank = [&](std::size_t i) { return i >= s.size() || s[i] == ' ' || s[i] == '\t'; };
  bool indicators = s.starts_with("---") || s.starts_with("...");
  bool special = false, tab = false, break_space = false, space_break = false;
  bool before_space = false, before_break = false, after_blank = true;
  for (std::size_t i = 0; i < s.size(); i += width_at(s, i)) {
    const bool blank_follows = blank(i + width_at(s, i));
    if (i == 0) indicators = indicators || starts_indicator(s, blank_follows);
    if (i > 0 && s[i] == ':' && blank_follows) indicators = true;
    if (i > 0 && s[i] == '#' && after_blank) indicators = true;
    if (s[i] == '\t') {
      tab = true;
    } else if (!is_printable(s, i)) {
      special = true;
    }
    const bool space = s[i] == ' ';
    const bool line_break = is_break(s, i);
    if (space && before_break) break_space = true;
    if (line_break && before_space) space_break = true;
    a.multiline = a.multiline || line_break;
    before_space = space;
    before_break = line_break;
    after_blank = space || s[i] == '\t' || line_break || s[i] == '\0';
  }
  const bool edges = s.front() == ' ' || s.back() == ' ' || is_break(s, 0) || before_break;
  a.plain = !(edges || break_space || space_break || tab || special || a.multiline || indicators);
  a.single = !(break_space || space_break || tab || special);
  a.literal = !(s.back() == ' ' || space_break || special);
  return a;
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`
bool is_base60(std::string_view s) {
  if (s.starts_with('+') || s.starts_with('-')) s.remove_prefix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (s.empty() || !digit(s[0])) return false;
  s.remove_prefix(std::min(s.find_first_not_of("0123456789_"), s.size()));
  bool parts = false;
  while (s.size() > 1 && s[0] == ':' && digit(s[1])) {
    const bool two = s.size() > 2 && digit(s[2]) && s[1] <= '5';
    s.remove_prefix(two ? 3 : 2);
    parts = true;
  }
  if (s.starts_with('.'))
    s.remove_prefix(1 + std::min(s.substr(1).find_first_not_of("0123456789_"), s.size() - 1));
  return parts && s.empty();
}

bool is_old_bool(std::string_view s) {
  for (const std::string_view word : {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N",
                                      "no", "No", "NO", "off", "Off", "OFF"})
    if (s == word) return true;
  return false;
}

Style style_of(std::string_view s, const Allowed& a, bool key) {
  auto style = Style::plain;
  if (s.find('\n') != std::string_view::npos) {
    style = Style::literal;
  } else if (!is_plain_string(s) || is_base60(s) || is_old_bool(s)) {
    style = Style::double_quoted;
  }
  if (key && a.multiline) style = Style::double_quoted;
  if (style == Style::plain && (!a.plain || (s.empty() && key))) style = Style::single;
  if (style == Style::single && !a.single) style = Style::double_quoted;
  if (style == Style::literal && (!a.literal || key)) style = Style::double_quoted;
  return style;
}

class Writer {
 public:
  void document(const json::value& value) {
    node(value, 0, false);
    if (!out_.ends_with('\n')) out_ += '\n';
  }
  std::string take() { return std::move(out_); }

 private:
  /// `fresh`: the cursor stands where a block may begin (after "- " or at a line's start).
  void node(const json::value& v, std::size_t indent, bool inline_start) {
    switch (v.kind()) {
    case json::kind::object:
      if (!v.get_object().empty()) return mapping(v.get_object(), indent, inline_start);
      out_ += "{}";
      return;
    case json::kind::array:
      if (!v.get_array().empty()) return sequence(v.get_array(), indent, inline_start);
      out_ += "[]";
      return;
    case json::kind::string:
      return scalar(v.get_string(), indent, false);
    case json::kind::null:
      out_ += "null";
      return;
    case json::kind::bool_:
      out_ += v.get_bool() ? "true" : "false";
      return;
    case json::kind::int64:
      out_ += std::to_string(v.get_int64());
      return;
    case json::kind::uint64:
      out_ += std::to_string(v.get_uint64());
      return;
    case json::kind::double_:
      return number(v.get_double());
    }
  }

  void number(double value) {
    if (std::isnan(value)) return void(out_ += ".nan");
    if (std::isinf(value)) return void(out_ += value > 0 ? ".inf" : "-.inf");
    out_ += format_float_g(value, false);
  }

  void line(std::size_t indent) {
    if (!out_.empty() && !out_.ends_with('\n')) out_ += '\n';
    out_.append(indent, ' ');
  }

  void mapping(const json::object& entries, std::size_t indent, bool inline_start) {
    for (const auto& [key, value] : entries) {
      if (!inline_start) line(indent);
      inline_start = false;
      const bool simple = key.size() <= 128 && !analyse(key).multiline;
      if (!simple) out_ += "? ";
      scalar(key, indent, simple);
      if (!simple) line(indent);
      out_ += ':';
      child(value, indent, !simple);
    }
  }

  void child(const json::value& value, std::size_t indent, bool after_complex_key) {
    const bool block = (value.is_object() && !value.get_object().empty()) ||
                       (value.is_array() && !value.get_array().empty());
    if (!block || after_complex_key) out_ += ' ';
    node(value, block ? indent + 2 : indent, after_complex_key && block);
  }

  void sequence(const json::array& items, std::size_t indent, bool inline_start) {
    for (const auto& item : items) {
      if (!inline_start) line(indent);
      inline_start = false;
      out_ += "- ";
      const bool block = (item.is_object() && !item.get_object().empty()) ||
                         (item.is_array() && !item.get_array().empty());
      node(item, block ? indent + 2 : indent, block);
    }
  }

  void scalar(std::string_view s, std::size_t indent, bool key) {
    if (s.starts_with(verbatim)) return void(out_ += s.substr(verbatim.size()));
    if (!is_utf8(s)) return binary(s, indent);
    const auto allowed = analyse(s);
    switch (style_of(s, allowed, key)) {
    case Style::plain:
      out_ += s;
      return;
    case Style::single:
      return single(s);
    case Style::double_quoted:
      return double_quoted(s);
    case Style::literal:
      return literal(s, indent + 2);
    }
  }

  /// Bytes that are no text, in lines of 70.
  void binary(std::string_view s, std::size_t indent) {
    auto digits = encode_base64(s);
    const std::size_t width = 70;
    std::string lines;
    for (std::size_t i = 0; i < digits.size(); i += width)
      lines += digits.substr(i, width) + (digits.size() >= width ? "\n" : "");
    out_ += "!!binary ";
    scalar(lines, indent, false);
  }

  void single(std::string_view s) {
    out_ += '\'';
    for (const char c : s) {
      if (c == '\'') out_ += '\'';
      out_ += c;
    }
    out_ += '\'';
  }

  static std::string escape(char32_t v) {
    constexpr std::pair<char32_t, char> known[] = {
        {0x00, '0'},  {0x07, 'a'}, {0x08, 'b'}, {0x09, 't'},   {0x0A, 'n'},
        {0x0B, 'v'},  {0x0C, 'f'}, {0x0D, 'r'}, {0x1B, 'e'},   {0x22, '"'},
        {0x5C, '\\'}, {0x85, 'N'}, {0xA0, '_'}, {0x2028, 'L'}, {0x2029, 'P'}};
    for (const auto& [code, letter] : known)
      if (v == code) return {'\\', letter};
    const auto code = static_cast<std::uint32_t>(v);
    if (code <= 0xFF) return fmt::format("\\x{:02X}", code);
    if (code <= 0xFFFF) return fmt::format("\\u{:04X}", code);
    return fmt::format("\\U{:08X}", code);
  }

  static char32_t decode(std::string_view s) {
    const auto lead = static_cast<unsigned char>(s[0]);
    char32_t v = s.size() == 1   ? lead
                 : s.size() == 2 ? lead & 0x1FU
                 : s.size() == 3 ? lead & 0x0FU
                                 : lead & 0x07U;
    for (const char c : s.substr(1)) v = (v << 6) | (static_cast<unsigned char>(c) & 0x3FU);
    return v;
  }

  void double_quoted(std::string_view s) {
    out_ += '"';
    for (std::size_t i = 0; i < s.size();) {
      const auto n = width_at(s, i);
      const bool plain = is_printable(s, i) && !is_break(s, i) && s[i] != '"' && s[i] != '\\';
      if (plain) {
        out_ += s.substr(i, n);
      } else {
        out_ += escape(decode(s.substr(i, n)));
      }
      i += n;
    }
    out_ += '"';
  }

  void literal(std::string_view s, std::size_t indent) {
    out_ += '|';
    if (s[0] == ' ' || s[0] == '\n') out_ += '2';
    if (!s.ends_with('\n')) {
      out_ += '-';
    } else if (s.size() == 1 || s[s.size() - 2] == '\n') {
      out_ += '+';
    }
    out_ += '\n';
    bool start = true;
    for (const char c : s) {
      if (c != '\n' && start) out_.append(indent, ' ');
      start = c == '\n';
      out_ += c;
    }
  }

  std::string out_;
};

}  // namespace

std::string yaml_text(const json::value& value) {
  Writer writer;
  writer.document(value);
  return writer.take();
}

}  // namespace landfast::compose
