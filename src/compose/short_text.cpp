// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

/// mattn/go-shellwords as Compose uses it: no variables, no command substitution.
class Words {
 public:
  static constexpr std::size_t max_words = 100'000;

  bool run(std::string_view text) {
    for (const char c : text) {
      if (words_.size() > max_words) return false;
      if (step(c) == Step::stop) break;
      if (failed_) return false;
    }
    if (got_) words_.push_back(word_);
    return !(escaped_ || single_ || double_ || back_ || dollar_);
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  enum class Step : std::uint8_t { go_on, stop };

  Step step(char c) {
    if (escaped_) {
      escaped_ = false;
      return keep(c);
    }
    if (c == '\\' && !single_) {
      escaped_ = true;
      return Step::go_on;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return space(c);
    return special(c);
  }

  Step space(char c) {
    if (single_ || double_ || back_ || dollar_) {
      word_ += c;
    } else if (got_) {
      words_.push_back(std::move(word_));
      word_.clear();
      got_ = false;
    }
    return Step::go_on;
  }

  Step special(char c) {
    const bool quoted_here = single_ || double_;
    if (c == '`' && !quoted_here && !dollar_) back_ = !back_;
    if (c == ')' && !quoted_here && !back_) dollar_ = !dollar_;
    if (c == '(' && !quoted_here && !back_) {
      if (dollar_ || !word_.ends_with('$')) return failed_ = true, Step::go_on;
      dollar_ = true;
      word_ += c;
      return Step::go_on;
    }
    if (c == '"' && !single_ && !dollar_) return toggle(double_);
    if (c == '\'' && !double_ && !dollar_) return toggle(single_);
    if (std::string_view(";&|<>").find(c) != std::string_view::npos &&
        !(quoted_here || back_ || dollar_)) {
      if (c == '>' && !word_.empty() && word_[0] >= '0' && word_[0] <= '9') got_ = false;
      return Step::stop;
    }
    return keep(c);
  }

  Step toggle(bool& quote) {
    if (quote) got_ = true;
    quote = !quote;
    return Step::go_on;
  }

  Step keep(char c) {
    word_ += c;
    got_ = true;
    return Step::go_on;
  }

  std::vector<std::string> words_;
  std::string word_;
  bool escaped_ = false, single_ = false, double_ = false, back_ = false, dollar_ = false;
  bool got_ = false, failed_ = false;
};

constexpr std::int64_t second = 1'000'000'000;

std::optional<std::int64_t> unit_of(std::string_view name) {
  if (name == "ns") return 1;
  if (name == "us" || name == "µs" || name == "μs") return 1000;
  if (name == "ms") return 1'000'000;
  if (name == "s") return second;
  if (name == "m") return 60 * second;
  if (name == "h") return 3600 * second;
  if (name == "d") return 24 * 3600 * second;
  if (name == "w") return 168 * 3600 * second;
  return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_of(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() && is_digit(s[n])) ++n;
  return n;
}

/// One "12.5h" off the front, in nanoseconds.
std::optional<std::int64_t> take_part(std::string_view& s) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto n = digits_of(s);
  const auto whole = n == 0 ? std::optional<std::int64_t>(0) : parse_int(s.substr(0, n), 10);
  s.remove_prefix(n);
  double fraction = 0;
  std::size_t f = 0;
  if (s.starts_with('.')) {
    s.remove_prefix(1);
    f = digits_of(s);
    fraction = f == 0 ? 0 : parse_float("0." + std::string(s.substr(0, f))).value_or(0);
    s.remove_prefix(f);
  }
  if (!whole || n + f == 0) return {};
  std::size_t u = 0;
  while (u < s.size() && s[u] != '.' && !is_digit(s[u])) ++u;
  const auto unit = unit_of(s.substr(0, u));
  s.remove_prefix(u);
  if (!unit || *whole > most / *unit) return {};
  const auto rest = std::floor(fraction * static_cast<double>(*unit) + 1e-6);
  return *whole * *unit + static_cast<std::int64_t>(rest);
}

tl::unexpected<Error> bad_size(std::string_view text) {
  return fail(Code::invalid, fmt::format("{} is not a size", in_quotes(text)),
              "write a number with b, k, m, g, t or p, such as 64m or 1.5g");
}

}  // namespace

Result<std::vector<std::string>> shell_words(std::string_view text) {
  Words words;
  if (!words.run(text))
    return fail(Code::invalid, fmt::format("{} cannot be split into words", in_quotes(text)),
                "close the quotes, or write the command as a list");
  return words.take();
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  auto rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  std::int64_t total = 0;
  bool good = !rest.empty();
  while (good && !rest.empty()) {
    const auto part = take_part(rest);
    good = part && !__builtin_add_overflow(total, *part, &total);
  }
  if (!good)
    return fail(Code::invalid, fmt::format("{} is not a duration", in_quotes(text)),
                "write a number and a unit of ns, us, ms, s, m, h, d, w, such as 1m30s");
  return std::chrono::nanoseconds(negative ? -total : total);
}

Result<std::int64_t> parse_bytes(std::string_view text) {
  const auto at = text.find_last_of("0123456789. ");
  if (at == std::string_view::npos) return bad_size(text);
  const auto number = text.substr(0, text[at] == ' ' ? at : at + 1);
  const auto suffix = lower(text.substr(at + 1));
  const auto value = parse_float(number);
  if (!value || *value < 0 || number.empty()) return bad_size(text);
  double factor = 1;
  if (!suffix.empty() && suffix != "b") {
    constexpr std::string_view units = "kmgtp";
    const auto unit = units.find(suffix[0]);
    const auto rest = std::string_view(suffix).substr(1);
    if (unit == std::string_view::npos || !(rest.empty() || rest == "b" || rest == "ib"))
      return bad_size(text);
    factor = std::pow(1024.0, static_cast<double>(unit + 1));
  }
  const double bytes = *value * factor;
  if (!(bytes < 9.2e18)) return bad_size(text);
  return static_cast<std::int64_t>(bytes);
}

}  // namespace landfast::compose
