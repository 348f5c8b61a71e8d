// SPDX-License-Identifier: Apache-2.0
#include "app/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// The number of exactly `digits` digits at the front, which goes; nullopt where there is none.
std::optional<int> number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t fraction(std::string_view& text) {
  if (!skip(text, ".")) return 0;
  std::int64_t value = 0, unit = 100'000'000;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * unit;
    unit /= 10;
    text.remove_prefix(1);
  }
  return value;
}

std::optional<std::chrono::minutes> offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!skip(text, "+-")) return std::nullopt;
  const auto hours = number(text, 2);
  if (!skip(text, ":")) return std::nullopt;
  const auto minutes = number(text, 2);
  if (!hours || !minutes || !text.empty()) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto y = number(text, 4);
  const bool a = skip(text, "-");
  const auto m = number(text, 2);
  const bool b = skip(text, "-");
  const auto d = number(text, 2);
  const bool c = skip(text, "Tt ");
  const auto hour = number(text, 2);
  const bool e = skip(text, ":");
  const auto minute = number(text, 2);
  const bool f = skip(text, ":");
  const auto second = number(text, 2);
  if (!a || !b || !c || !e || !f || !y || !m || !d || !hour || !minute || !second)
    return std::nullopt;
  const auto nanos = fraction(text);
  const auto zone = offset(text);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!zone || !date.ok() || *y < 1970 || *y > 2200) return std::nullopt;
  return TimePoint(sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) +
         nanoseconds(nanos) - *zone;
}

std::string age(std::string_view rfc3339, TimePoint now) {
  const auto then = parse_rfc3339(rfc3339);
  if (!then) return {};
  const auto past = std::max(now - *then, std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(past).count();
  return seconds < 100 ? fmt::format("{} s", seconds) : human_duration(past);
}

std::string when_text(std::string_view rfc3339, TimePoint now) {
  const auto then = parse_rfc3339(rfc3339);
  if (!then) return {};
  const auto seconds = [](TimePoint t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
  };
  const std::time_t t = seconds(*then), n = seconds(now);
  std::tm at{}, here{};
  if (::localtime_r(&t, &at) == nullptr || ::localtime_r(&n, &here) == nullptr) return {};
  const auto day = fmt::format("{} {}", at.tm_mday, months.at(static_cast<std::size_t>(at.tm_mon)));
  const auto year = at.tm_year == here.tm_year ? "" : fmt::format(" {}", at.tm_year + 1900);
  return fmt::format("{}{} {:02}:{:02}", day, year, at.tm_hour, at.tm_min);
}

TimePoint now_utc() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace landfast
