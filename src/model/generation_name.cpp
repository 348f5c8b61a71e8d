// SPDX-License-Identifier: Apache-2.0
#include "model/generation_name.h"

#include <charconv>

namespace landfast {

std::optional<GenerationName> generation_name(std::string_view name) {
  for (const std::string_view infix : {".lf-was-", ".lf-"}) {
    const auto at = name.rfind(infix);
    if (at == std::string_view::npos || at == 0) continue;
    const auto digits = name.substr(at + infix.size());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) continue;
    return GenerationName{std::string(name.substr(0, at)), number, infix == ".lf-was-"};
  }
  return std::nullopt;
}

}  // namespace landfast
