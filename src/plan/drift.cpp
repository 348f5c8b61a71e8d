// SPDX-License-Identifier: Apache-2.0
#include "plan/drift.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfast {

std::vector<std::string> neighbour_notes(const World& world) {
  std::vector<std::string> notes;
  for (const auto& c : world.foreign) {
    std::vector<std::string> places;
    for (const auto& name : c.networks) places.push_back("the network " + name);
    for (const auto& name : c.volumes) places.push_back("the volume " + name);
    const auto whose = c.stack.empty() ? std::string("of no stack") : "of stack " + c.stack;
    notes.push_back(fmt::format("{} ({}) uses {}", c.name, whose, join(places, ", ")));
  }
  for (const auto& name : world.updaters)
    notes.push_back(
        fmt::format("{} replaces containers by itself: what it changes here shows as drift, and no "
                    "deploy guards it",
                    name));
  return notes;
}

std::vector<std::string> drift_of(const Plan& plan) {
  std::vector<std::string> lines;
  for (const auto& p : plan.services)
    for (const auto& line : p.drift) lines.push_back(fmt::format("{}: {}", p.service, line));
  return lines;
}

}  // namespace landfast
