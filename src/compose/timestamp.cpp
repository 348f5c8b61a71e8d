// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>

#include "compose/go_text.h"

namespace landfast::compose {
namespace {

/// Reads a date as yaml.v3 does: four forms, short fields, no spaces around.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<int> number(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    int value = 0;
    while (n < most && n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9')
      value = value * 10 + (rest_[n++] - '0');
    if (n < least) return {};
    rest_.remove_prefix(n);
    return value;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> fraction() {
    if (!take('.') && !take(',')) return "";
    const auto n = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (n == 0 || n > 9) return {};
    std::string digits(rest_.substr(0, n));
    rest_.remove_prefix(n);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits.empty() ? "" : "." + digits;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool valid_date(int year, int month, int day) {
  constexpr std::array days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= days[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

std::optional<std::string> zone(Reader& in) {
  if (in.take('Z')) return "Z";
  const char sign = in.take('+') ? '+' : in.take('-') ? '-' : ' ';
  if (sign == ' ') return {};
  const auto hours = in.number(2, 2);
  if (!hours || !in.take(':')) return {};
  const auto minutes = in.number(2, 2);
  if (!minutes || *hours > 24 || *minutes > 59) return {};
  if (*hours == 0 && *minutes == 0) return "Z";
  return fmt::format("{}{:02}:{:02}", sign, *hours, *minutes);
}

std::optional<std::string> time_of_day(Reader& in, bool with_zone) {
  const auto hour = in.number(1, 2);
  if (!hour || !in.take(':')) return {};
  const auto minute = in.number(1, 2);
  if (!minute || !in.take(':')) return {};
  const auto second = in.number(1, 2);
  const auto fraction = in.fraction();
  if (!second || !fraction || *hour > 23 || *minute > 59 || *second > 59) return {};
  const auto offset = with_zone ? zone(in) : std::optional<std::string>("Z");
  if (!offset) return {};
  return fmt::format("{:02}:{:02}:{:02}{}{}", *hour, *minute, *second, *fraction, *offset);
}

}  // namespace

std::optional<std::string> rfc3339(std::string_view text) {
  if (text.size() < 5 || text[4] != '-') return {};
  Reader in(text);
  const auto year = in.number(4, 4);
  if (!year || !in.take('-')) return {};
  const auto month = in.number(1, 2);
  if (!month || !in.take('-')) return {};
  const auto day = in.number(1, 2);
  if (!day || !valid_date(*year, *month, *day)) return {};
  const auto date = fmt::format("{:04}-{:02}-{:02}T", *year, *month, *day);
  if (in.done()) return date + "00:00:00Z";
  const bool with_zone = in.take('T') || in.take('t');
  if (!with_zone && !in.take(' ')) return {};
  const auto time = time_of_day(in, with_zone);
  if (!time || !in.done()) return {};
  return date + *time;
}

}  // namespace landfast::compose
