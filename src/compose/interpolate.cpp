// SPDX-License-Identifier: Apache-2.0
#include "compose/interpolate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace landfast::compose {
namespace {

constexpr int max_levels = 50;
constexpr std::size_t max_result = std::size_t{1} << 20;
constexpr std::size_t npos = std::string_view::npos;

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

std::size_t name_length(std::string_view s) {
  if (s.empty() || !starts_name(s[0])) return 0;
  std::size_t n = 1;
  while (n < s.size() && in_name(s[n])) ++n;
  return n;
}

/// The brace that closes the first one of `s`, in its line; Compose's count skips what follows
/// a `{`.
std::size_t closing_brace(std::string_view s) {
  int open = 0;
  for (std::size_t i = 0; i < s.size() && s[i] != '\n'; ++i) {
    if (s[i] == '}' && --open == 0) return i;
    if (s[i] != '{') continue;
    ++open;
    ++i;
  }
  return npos;
}

/// One expression of a text: `${NAME op operand}`, `$NAME` or `$$`.
struct Expression {
  enum class Form : std::uint8_t { escaped, named, braced, invalid };
  Form form = Form::invalid;
  std::string_view name;
  std::string_view op;       ///< "", ":-", "-", ":+", "+", ":?", "?"
  std::string_view operand;  ///< text after the operator
  std::size_t length = 0;    ///< of the whole in the text
};

std::string_view operator_of(std::string_view s) {
  const std::size_t colon = s.starts_with(':') ? 1 : 0;
  if (s.size() <= colon || std::string_view("-+?").find(s[colon]) == npos) return {};
  return s.substr(0, colon + 1);
}

Expression braced(std::string_view s) {
  const auto n = name_length(s.substr(2));
  if (n == 0) return {};
  Expression e{Expression::Form::braced, s.substr(2, n), {}, {}, n + 3};
  auto rest = s.substr(2 + n);
  if (rest.starts_with('}')) return e;
  e.op = operator_of(rest);
  if (e.op.empty()) return {};
  const auto from = 2 + n + e.op.size();
  auto end = closing_brace(s);
  if (end == npos) end = s.substr(0, s.find('\n', from)).rfind('}');  // unbalanced: to the last
  if (end == npos || end < from) return {};
  e.operand = s.substr(from, end - from);
  e.length = end + 1;
  return e;
}

/// The expression at the `$` that `s` starts with; nullopt where the `$` is literal.
std::optional<Expression> expression(std::string_view s) {
  if (s.size() < 2) return {};
  if (s[1] == '$') return Expression{Expression::Form::escaped, {}, {}, {}, 2};
  if (const auto n = name_length(s.substr(1)))
    return Expression{Expression::Form::named, s.substr(1, n), {}, {}, n + 1};
  if (s[1] == '{') return braced(s);
  return {};
}

class Substituter {
 public:
  Substituter(const Lookup& lookup, std::vector<std::string>& unset)
      : lookup_(lookup), unset_(unset) {}

  Result<std::string> run(std::string_view text, int level) {
    if (level > max_levels)
      return fail(Code::invalid, fmt::format("variables are nested deeper than {}", max_levels));
    std::string out;
    while (!text.empty()) {
      const auto dollar = text.find('$');
      out += text.substr(0, dollar);
      if (dollar == npos) break;
      text.remove_prefix(dollar);
      const auto found = expression(text);
      if (!found) {
        out += '$';
        text.remove_prefix(1);
        continue;
      }
      TRY(const auto value, value_of(*found, text, level));
      out += value;
      text.remove_prefix(found->length);
      if (out.size() > max_result)
        return fail(Code::invalid, "the value grows above 1 MiB by its variables");
    }
    return out;
  }

 private:
  Result<std::string> value_of(const Expression& e, std::string_view text, int level) {
    switch (e.form) {
    case Expression::Form::escaped:
      return "$";
    case Expression::Form::invalid:
      return fail(
          Code::invalid,
          fmt::format("`{}` is not a variable expression",
                      printable(text.substr(0, std::min<std::size_t>(text.find('\n'), 30)))),
          "write ${NAME}, ${NAME:-default}, or $$ for a dollar sign");
    default:
      return e.op.empty() ? plain(e.name) : with_operator(e, level);
    }
  }

  Result<std::string> plain(std::string_view name) {
    const auto value = lookup_(name);
    if (!value) unset_.emplace_back(name);
    return std::string(value.value_or(""));
  }

  Result<std::string> with_operator(const Expression& e, int level) {
    TRY(auto operand, run(e.operand, level + 1));
    const auto value = lookup_(e.name);
    const bool present = value && (e.op.size() == 1 || !value->empty());
    switch (e.op.back()) {
    case '-':
      return present ? std::string(*value) : operand;
    case '+':
      return present ? operand : std::string(value.value_or(""));
    default:
      break;
    }
    if (present) return std::string(*value);
    return fail(Code::invalid,
                operand.empty()
                    ? fmt::format("the variable {} must have a value", e.name)
                    : fmt::format("the variable {} must have a value: {}", e.name, operand),
                fmt::format("set {} in the environment or in .env", e.name));
  }

  const Lookup& lookup_;
  std::vector<std::string>& unset_;
};

void collect(std::string_view text, std::vector<VariableUse>& out, int level) {
  while (level <= max_levels) {
    const auto dollar = text.find('$');
    if (dollar == npos) return;
    text.remove_prefix(dollar);
    const auto e = expression(text);
    text.remove_prefix(e ? std::max<std::size_t>(e->length, 1) : 1);
    if (!e || e->form == Expression::Form::escaped || e->form == Expression::Form::invalid)
      continue;
    VariableUse use{std::string(e->name), {}, {}, e->op.ends_with('?')};
    if (e->op.ends_with('-')) use.fallback = e->operand;
    if (e->op.ends_with('+')) use.alternative = e->operand;
    out.push_back(std::move(use));
    if (e->op.ends_with('-') || e->op.ends_with('+')) collect(e->operand, out, level + 1);
  }
}

}  // namespace

Result<Substitution> substitute(std::string_view text, const Lookup& lookup) {
  Substitution done;
  Substituter substituter(lookup, done.unset);
  TRY(done.text, substituter.run(text, 0));
  return done;
}

std::vector<VariableUse> variables_of(std::string_view text) {
  std::vector<VariableUse> out;
  collect(text, out, 0);
  return out;
}

}  // namespace landfast::compose
