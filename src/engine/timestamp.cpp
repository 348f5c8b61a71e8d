// SPDX-License-Identifier: Apache-2.0
#include "engine/timestamp.h"

#include <fmt/core.h>

#include <charconv>

#include "base/text.h"

namespace landfast {

namespace {

/// Reads digits from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool number(std::size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    const auto part = rest_.substr(0, digits);
    const auto [end, error] = std::from_chars(part.data(), part.data() + digits, value);
    rest_.remove_prefix(digits);
    return error == std::errc{} && end == part.data() + digits && part.front() != '-';
  }
  bool one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == choices.npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  /// ".5" as nanoseconds; true where there is no fraction.
  bool fraction(long& nanoseconds) {
    nanoseconds = 0;
    if (!one_of(".")) return true;
    long unit = 100'000'000;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count, unit /= 10)
      nanoseconds += (rest_[count] - '0') * unit;
    rest_.remove_prefix(count);
    return count > 0;
  }
  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool ended() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

bool read_offset(Reader& reader, int& minutes) {
  minutes = 0;
  if (reader.one_of("Zz")) return reader.ended();
  int hour = 0, minute = 0;
  if (!reader.one_of("+-")) return false;
  const int sign = reader.last() == '-' ? -1 : 1;
  if (!reader.number(2, hour) || !reader.one_of(":") || !reader.number(2, minute)) return false;
  minutes = sign * (hour * 60 + minute);
  return reader.ended();
}

bool is_unix(std::string_view text) {
  return text.find_first_not_of("0123456789.") == text.npos && text.front() != '.';
}

}  // namespace

Result<std::string> log_time(std::string_view text) {
  if (text.empty()) return std::string{};
  if (is_unix(text)) return std::string(text);
  Reader reader(text);
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, offset = 0;
  long nanoseconds = 0;
  const bool good = reader.number(4, y) && reader.one_of("-") && reader.number(2, mo) &&
                    reader.one_of("-") && reader.number(2, d) && reader.one_of("Tt ") &&
                    reader.number(2, h) && reader.one_of(":") && reader.number(2, mi) &&
                    reader.one_of(":") && reader.number(2, s) && reader.fraction(nanoseconds) &&
                    read_offset(reader, offset);
  using namespace std::chrono;
  const year_month_day date(year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d)));
  if (!good || !date.ok() || h > 23 || mi > 59 || s > 60)
    return fail(Code::invalid, fmt::format("not a time: {}", in_quotes(text)),
                "write it as 2026-11-21T03:00:00Z");
  const auto point = sys_days(date) + hours(h) + minutes(mi - offset) + seconds(s);
  return fmt::format("{}.{:09}", point.time_since_epoch().count(), nanoseconds);
}

std::string unix_time(std::chrono::system_clock::time_point time) {
  const auto total =
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  return fmt::format("{}.{:09}", total / 1'000'000'000, total % 1'000'000'000);
}

}  // namespace landfast
