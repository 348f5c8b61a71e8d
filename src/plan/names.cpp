// SPDX-License-Identifier: Apache-2.0
#include "plan/names.h"

#include <fmt/format.h>

#include <charconv>

namespace landfast {
namespace {

template <class Int>
std::optional<Int> parse(std::string_view text) {
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string beside_name(const std::string& name, std::int64_t deployment) {
  return fmt::format("{}.lf-{}", name, deployment);
}

std::string was_name(const std::string& name, std::int64_t deployment) {
  return fmt::format("{}.lf-was-{}", name, deployment);
}

std::string fence_name(const std::string& stack, std::int64_t deployment) {
  return fmt::format("{}_landfast-fence.lf-{}", stack, deployment);
}

bool is_fence(const std::string& stack, std::string_view network) {
  const auto name = generation_name(network);
  return name && name->serving == stack + "_landfast-fence";
}

std::string aside_name(const std::string& volume, std::int64_t deployment) {
  return fmt::format("{}.lf-{}", volume, deployment);
}

std::optional<GenerationName> generation_name(std::string_view name) {
  for (const std::string_view infix : {".lf-was-", ".lf-"}) {
    const auto at = name.rfind(infix);
    if (at == std::string_view::npos || at == 0) continue;
    const auto number = parse<std::int64_t>(name.substr(at + infix.size()));
    if (!number) continue;
    return GenerationName{std::string(name.substr(0, at)), *number, infix == ".lf-was-"};
  }
  return std::nullopt;
}

int container_number(const Container& container) {
  return parse<int>(container.label(label::number)).value_or(1);
}

}  // namespace landfast
