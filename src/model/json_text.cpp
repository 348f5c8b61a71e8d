// SPDX-License-Identifier: Apache-2.0
#include "model/json_text.h"

#include <string_view>

#include "base/go_float.h"

namespace landfast {
namespace json = boost::json;
namespace {

class Writer {
 public:
  explicit Writer(bool indent) : indent_(indent) {}

  void value(const json::value& v) {
    switch (v.kind()) {
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
      out_ += format_float_json(v.get_double(), false);
      return;
    case json::kind::string:
      return text(v.get_string());
    case json::kind::array:
      return array(v.get_array());
    case json::kind::object:
      return object(v.get_object());
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void line() {
    if (!indent_) return;
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }

  void array(const json::array& items) {
    if (items.empty()) return void(out_ += "[]");
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      line();
      value(item);
    }
    --depth_;
    line();
    out_ += ']';
  }

  void object(const json::object& entries) {
    if (entries.empty()) return void(out_ += "{}");
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const auto& [key, item] : entries) {
      if (!first) out_ += ',';
      first = false;
      line();
      text(key);
      out_ += indent_ ? ": " : ":";
      value(item);
    }
    --depth_;
    line();
    out_ += '}';
  }

  void text(std::string_view s) {
    out_ += '"';
    for (std::size_t i = 0; i < s.size(); ++i) i += character(s, i);
    out_ += '"';
  }

  /// Writes the byte at `i`; returns how many further bytes it took.
  std::size_t character(std::string_view s, std::size_t i) {
    const char c = s[i];
    constexpr std::string_view short_escapes = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (std::size_t k = 0; k < short_escapes.size(); k += 2)
      if (c == short_escapes[k]) return out_ += '\\', out_ += short_escapes[k + 1], 0;
    if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
      constexpr std::string_view hex = "0123456789abcdef";
      out_ += "\\u00";
      out_ += hex[static_cast<std::size_t>(c) >> 4];
      out_ += hex[static_cast<std::size_t>(c) & 15];
      return 0;
    }
    if (s.substr(i, 2) == "\xE2\x80" && i + 2 < s.size() && (s[i + 2] & 0xFE) == 0xA8) {
      out_ += s[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      return 2;
    }
    out_ += c;
    return 0;
  }

  bool indent_;
  std::size_t depth_ = 0;
  std::string out_;
};

std::string write(const json::value& value, bool indent) {
  Writer writer(indent);
  writer.value(value);
  return writer.take();
}

}  // namespace

std::string compact_json(const json::value& value) { return write(value, false); }
std::string indented_json(const json::value& value) { return write(value, true); }

}  // namespace landfast
