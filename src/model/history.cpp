// SPDX-License-Identifier: Apache-2.0
#include "model/history.h"

#include <fmt/format.h>

#include <array>

namespace landfast {
namespace {
constexpr std::array<std::string_view, 10> names{"planned", "prepared",  "guarded",   "migrating",
                                                 "rolling", "verifying", "committed", "undoing",
                                                 "undone",  "stuck"};
}

std::string_view to_string(DeploymentState state) {
  return names.at(static_cast<std::size_t>(state));
}

std::optional<DeploymentState> deployment_state(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<DeploymentState>(i);
  return std::nullopt;
}

std::string release_name(const Release& release) {
  if (release.origin == 0) return fmt::format("release {}", release.number);
  return fmt::format("release {} (= {})", release.number, release.origin);
}

std::vector<OneShotRun> runs_before(const History& history, std::int64_t deployment) {
  std::vector<OneShotRun> counted;
  auto earlier_than = deployment;
  auto next_return = history.returns.begin();
  for (const auto& run : history.one_shots) {
    for (; next_return != history.returns.end() && next_return->deployment > run.deployment;
         ++next_return)
      if (next_return->deployment < earlier_than) earlier_than = next_return->before;
    if (run.deployment < earlier_than) counted.push_back(run);
  }
  return counted;
}

}  // namespace landfast
