// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "simulation/scenario.h"

namespace landfast {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// LANDFAST_SEEDS=N runs N seeds, LANDFAST_SEED=N only that one, with its story.
TEST_CASE("whatever goes wrong, a stack is wholly the old or wholly the new release") {
  const auto one = number_from("LANDFAST_SEED", 0);
  const auto first = one != 0 ? one : 1;
  const auto last = one != 0 ? one : number_from("LANDFAST_SEEDS", 10000);
  std::map<std::string, int> faults;
  for (auto seed = first; seed <= last; ++seed) {
    const auto report = run_scenario(seed);
    for (const auto& [kind, count] : report.faults) faults[kind] += count;
    if (one != 0) MESSAGE(report.story);
    if (report.breaches.empty()) continue;
    FAIL_CHECK("seed " << seed << ": " << report.breaches.front() << "\n"
                       << report.story << "replay: LANDFAST_SEED=" << seed
                       << " build/dev/tests/simulation_run");
    break;
  }
  std::string line = fmt::format("{} seeds", last - first + 1);
  for (const auto& [kind, count] : faults) line += fmt::format(", {} × {}", count, kind);
  MESSAGE(line);
}

}  // namespace
}  // namespace landfast
