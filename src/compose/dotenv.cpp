// SPDX-License-Identifier: Apache-2.0
#include "compose/dotenv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/go_text.h"

namespace landfast::compose {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t max_kept = std::size_t{8} << 20;  ///< bytes of names and values in a file
constexpr std::size_t entry_cost = 64;                  ///< bytes that a variable takes besides

/// The character at the front: its bytes, and what kind of space it is.
struct Front {
  std::size_t length = 1;
  bool space = false;    ///< unicode.IsSpace
  bool newline = false;  ///< a space that ends a line
  bool foreign = false;  ///< outside ASCII, and no space: counts as a letter
};

Front front(std::string_view s) {
  const auto c = static_cast<unsigned char>(s[0]);
  if (c < 0x80) return {1, c == ' ' || (c >= '\t' && c <= '\r'), c == '\n', false};
  const std::size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
  const auto text = s.substr(0, std::min(length, s.size()));
  constexpr std::string_view spaces[] = {"\u0085", "\u00A0", "\u1680", "\u2028",
                                         "\u2029", "\u202F", "\u205F", "\u3000"};
  const bool wide = length == 3 && text.starts_with("\xE2\x80") && text.size() == 3 &&
                    static_cast<unsigned char>(text[2]) <= 0x8A;
  const bool space = wide || std::ranges::find(spaces, text) != std::end(spaces);
  return {text.size(), space, false, !space};
}

/// Takes spaces off the front that do not end the line.
std::string_view trim_blank(std::string_view s) {
  while (!s.empty()) {
    const auto f = front(s);
    if (!f.space || f.newline) break;
    s.remove_prefix(f.length);
  }
  return s;
}

std::string_view trim_end(std::string_view s) {
  while (!s.empty()) {
    std::size_t at = s.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(s[at]) & 0xC0) == 0x80) --at;
    if (!front(s.substr(at)).space) break;
    s = s.substr(0, at);
  }
  return s;
}

/// The character that an escape of a double-quoted value stands for; nullopt: left as written.
std::optional<std::string> escape(std::string_view& s) {
  constexpr std::string_view from = "abfnrtv\"\\";
  constexpr std::string_view to = "\a\b\f\n\r\t\v\"\\";
  if (s.size() < 2) return {};
  if (s[1] == '$') return s.remove_prefix(2), "$$";
  if (const auto at = from.find(s[1]); at != npos)
    return s.remove_prefix(2), std::string(1, to[at]);
  if (s[1] != '0') return {};
  auto digits = s.substr(2, std::min<std::size_t>(s.find_first_not_of("0123456789", 2), 5) - 2);
  s.remove_prefix(2 + digits.size());
  const auto code = digits.size() == 3 ? parse_uint(digits, 8) : std::nullopt;
  if (!code || *code > 255) return "\\" + std::string(digits);
  if (*code < 0x80) return std::string(1, static_cast<char>(*code));
  return std::string{static_cast<char>(0xC0 | (*code >> 6)),
                     static_cast<char>(0x80 | (*code & 0x3F))};
}

std::string expand_escapes(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    const auto slash = s.find('\\');
    out += s.substr(0, slash);
    if (slash == npos) break;
    s.remove_prefix(slash);
    if (const auto text = escape(s)) {
      out += *text;
    } else {
      out += '\\';
      s.remove_prefix(1);
    }
  }
  return out;
}

class EnvReader {
 public:
  EnvReader(std::string_view text, Variables& vars, const Lookup& lookup)
      : rest_(text), vars_(vars), lookup_(lookup) {}

  EnvOutcome run() {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    while (skip_to_statement() && statement()) {
    }
    return std::move(out_);
  }

 private:
  bool skip_to_statement() {
    while (!rest_.empty()) {
      const auto f = front(rest_);
      if (f.newline) ++line_;
      if (f.space) {
        rest_.remove_prefix(f.length);
      } else if (rest_[0] == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else {
        return true;
      }
    }
    return false;
  }

  bool stop(std::string text, std::string hint = {}) {
    out_.error = EnvError{line_, std::move(text), std::move(hint)};
    return false;
  }

  void skip_export() {
    if (!rest_.starts_with("export") || rest_.size() < 7) return;
    if (std::string_view("\t\n\f\r ").find(rest_[6]) == npos) return;
    rest_ = trim_blank(rest_.substr(6));
  }

  bool statement() {
    skip_export();
    std::size_t at = 0;
    while (at < rest_.size()) {
      const auto f = front(rest_.substr(at));
      const char c = rest_[at];
      if (c == '=' || c == ':' || c == '\n') break;
      const bool good = f.space || f.foreign || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || std::string_view("_.-[]").find(c) != npos;
      if (!good)
        return stop(fmt::format("unexpected character {} in the name of a variable",
                                in_quotes(rest_.substr(at, f.length))),
                    "a line is NAME=VALUE; names hold letters, digits, `_`, `.` and `-`");
      at += f.length;
    }
    const bool ended = at >= rest_.size();  // a last word without a newline is a value without name
    const auto key = ended ? std::string_view{} : trim_end(rest_.substr(0, at));
    const bool alone = !ended && rest_[at] == '\n';
    if (key.find(' ') != npos)
      return stop(fmt::format("the name {} holds a space", in_quotes(key)));
    rest_ = trim_blank(rest_.substr(ended ? 0 : at + 1));
    if (alone) return inherit(key);
    return value(std::string(key));
  }

  bool inherit(std::string_view key) {
    ++line_;
    const auto found = lookup_(key);
    return !found || keep(std::string(key), std::string(*found));
  }

  /// Values that name those above them grow faster than the file does.
  bool keep(std::string key, std::string value) {
    kept_ += key.size() + value.size() + entry_cost;
    if (kept_ > max_kept)
      return stop(fmt::format("the values grow above {} MiB", max_kept >> 20),
                  "variables that hold the variables above them are the usual cause");
    vars_[std::move(key)] = std::move(value);
    return true;
  }

  bool value(std::string key) {
    if (rest_.starts_with('"') || rest_.starts_with('\'')) return quoted_value(std::move(key));
    auto text = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(text.size() + 1, rest_.size()));
    text = trim_end(text.substr(0, text.find(" #")));
    const bool good = expand(std::move(key), text);
    ++line_;
    return good;
  }

  bool quoted_value(std::string key) {
    const char quote = rest_[0];
    std::string chars;
    bool escaped = false;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (c == '\n') ++newlines_;
      if (c == quote && !escaped) {
        rest_.remove_prefix(i + 1);
        return finish_quoted(std::move(key), chars, quote);
      }
      if (c == '\\' && !escaped) {
        escaped = true;
        continue;
      }
      if (escaped && c != quote) chars += '\\';
      escaped = false;
      chars += c;
    }
    return stop(fmt::format("the quote {} is not closed", in_quotes(std::string(1, quote))));
  }

  bool finish_quoted(std::string key, const std::string& chars, char quote) {
    bool good = true;
    if (quote == '"') {
      good = expand(std::move(key), expand_escapes(chars));
    } else {
      good = keep(std::move(key), chars);
    }
    line_ += newlines_;
    newlines_ = 0;
    return good;
  }

  bool expand(std::string key, std::string_view text) {
    const Lookup with_above = [this](std::string_view name) -> std::optional<std::string_view> {
      if (const auto found = lookup_(name)) return found;
      const auto it = vars_.find(name);
      if (it == vars_.end()) return {};
      return it->second;
    };
    auto done = substitute(text, with_above);
    if (!done) return stop(std::move(done.error().text), std::move(done.error().hint));
    std::ranges::move(done->unset, std::back_inserter(out_.unset));
    return keep(std::move(key), std::move(done->text));
  }

  std::string_view rest_;
  Variables& vars_;
  const Lookup& lookup_;
  EnvOutcome out_;
  std::uint32_t line_ = 1;
  std::uint32_t newlines_ = 0;
  std::size_t kept_ = 0;  ///< bytes
};

std::optional<std::string> raw_line(std::string_view line, Variables& vars, const Lookup& lookup) {
  while (!line.empty() && front(line).space) line.remove_prefix(front(line).length);
  if (line.empty() || line[0] == '#') return {};
  const auto equals = line.find('=');
  const auto key = line.substr(0, equals);
  if (key.empty()) return "a name is missing before `=`";
  if (key.find_first_of(" \t") != npos)
    return fmt::format("the name {} holds a space", in_quotes(key));
  if (equals != npos) {
    vars[std::string(key)] = std::string(line.substr(equals + 1));
  } else if (const auto found = lookup(key)) {
    vars[std::string(key)] = std::string(*found);
  }
  return {};
}

}  // namespace

EnvOutcome read_env(std::string_view text, Variables& vars, const Lookup& lookup) {
  return EnvReader(text, vars, lookup).run();
}

EnvOutcome read_raw_env(std::string_view text, Variables& vars, const Lookup& lookup) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (auto problem = raw_line(line, vars, lookup))
      return {EnvError{number, std::move(*problem), {}}, {}};
  }
  return {};
}

}  // namespace landfast::compose
