// SPDX-License-Identifier: Apache-2.0
#include "plan/names.h"

#include <fmt/format.h>

#include <charconv>

namespace landfast {
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

int container_number(const Container& container) {
  const auto text = container.label(label::number);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 1;
}

}  // namespace landfast
