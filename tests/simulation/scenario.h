// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace landfast {

/// What one seed came to.
struct ScenarioReport {
  std::vector<std::string> breaches;  ///< empty: everything held
  std::map<std::string, int> faults;  ///< kind → how many were injected
  std::string story;                  ///< what happened, a line each, for a replay
};

/// Draws a stack, a change and what goes wrong from `seed`; deploys, is killed, recovers and
/// deploys again; then checks that the stack is wholly the old or wholly the new release and that a
/// quiet deploy brings it to the new one. The same seed gives the same run.
[[nodiscard]] ScenarioReport run_scenario(std::uint64_t seed);

}  // namespace landfast
