// SPDX-License-Identifier: Apache-2.0
#include "compose/natural_order.h"

#include <cstdint>

namespace landfast::compose {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Bytes of characters outside ASCII count as letters.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

struct Number {
  std::int64_t value = 0;
  std::size_t end = 0;
};

Number number_at(std::string_view s, std::size_t from, std::int64_t start) {
  Number n{start, from};
  for (; n.end < s.size() && is_digit(s[n.end]); ++n.end)
    n.value = static_cast<std::int64_t>(static_cast<std::uint64_t>(n.value) * 10 +
                                        static_cast<std::uint64_t>(s[n.end] - '0'));
  return n;
}

/// After a common run of digits that is not all zeros, zeros of the rest count.
std::int64_t seed(std::string_view a, std::string_view b, std::size_t at) {
  if (a[at] != '0' && b[at] != '0') return 0;
  for (std::size_t j = at; j > 0 && is_digit(a[j - 1]); --j)
    if (a[j - 1] != '0') return 1;
  return 0;
}

bool less_at(std::string_view a, std::string_view b, std::size_t i, bool digits) {
  const bool al = is_letter(a[i]);
  const bool bl = is_letter(b[i]);
  if (al && bl) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
  if (al || bl) return digits ? al : bl;
  const auto start = seed(a, b, i);
  const auto an = number_at(a, i, start);
  const auto bn = number_at(b, i, start);
  if (an.value != bn.value) return an.value < bn.value;
  if (an.end != bn.end) return an.end < bn.end;
  return a[i] < b[i];
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  bool digits = false;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i] != b[i]) return less_at(a, b, i, digits);
    digits = is_digit(a[i]);
  }
  return a.size() < b.size();
}

}  // namespace landfast::compose
