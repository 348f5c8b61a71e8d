// SPDX-License-Identifier: Apache-2.0
#include "plan/verb_slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/edge_names.h"
#include "plan/names.h"

namespace landfast {
namespace {

/// What a target of the service serves now, on one of the edges.
struct Served {
  std::string edge;
  EdgeTarget target;
  SlotState slot;
};

/// Files are served whatever becomes of containers.
std::vector<Served> served(const World& world, const std::string& stack,
                           const std::string& service) {
  std::vector<Served> found;
  for (const auto& [edge, state] : world.edges)
    for (const auto& t : state.facts.table.targets) {
      const auto slot = state.facts.slots.find(t.id);
      if (t.stack != stack || t.service != service || t.port == 0) continue;
      if (slot != state.facts.slots.end()) found.push_back({edge, t, slot->second});
    }
  return found;
}

/// An edge that does not answer holds up neither a stop nor a start: as behind a commit.
Step step_for(const Served& s, std::string_view verb, StepKind kind, SlotName slot) {
  Step step;
  step.id = fmt::format("{}:{}:{}:{}", s.target.service, s.edge, s.target.port, verb);
  step.kind = kind;
  step.state = DeploymentState::committed;
  step.name = s.edge;
  step.key = s.target.id;
  step.service = s.target.service;
  step.limit = default_drain;
  step.facts["slot"] = to_string(slot);
  return step;
}

std::set<std::string> addresses(const World& world, const std::string& stack,
                                const EdgeTarget& target) {
  std::set<std::string> found;
  for (const auto& c : world.containers)
    if (c.label(label::service) == target.service)
      if (const auto alias = alias_on_edge(c, stack))
        found.insert(fmt::format("{}:{}", *alias, target.port));
  return found;
}

/// The slot that leads to all of them.
std::optional<SlotName> slot_with(const SlotState& slot, const std::set<std::string>& wanted) {
  for (const auto name : {SlotName::a, SlotName::b}) {
    const auto& list = slot.addresses(name);
    if (!wanted.empty() && std::set<std::string>(list.begin(), list.end()) == wanted) return name;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Step> close_slots(const Project* project, const World& world, const std::string& stack,
                              const std::string& service) {
  std::vector<Step> steps;
  for (const auto& s : served(world, stack, service)) {
    const auto serves = serving_slot(s.slot.word);
    if (!serves) continue;
    auto close = step_for(s, "close", StepKind::switch_slot, *serves);
    close.facts["word"] = to_string(SlotWord::down);
    auto drain = step_for(s, "drain", StepKind::drain_slot, *serves);
    drain.after = {close.id};
    if (project != nullptr)
      if (const auto it = project->services.find(service); it != project->services.end())
        drain.limit = it->second.landfast.drain.value_or(default_drain);
    steps.push_back(std::move(close));
    steps.push_back(std::move(drain));
  }
  return steps;
}

std::vector<Step> open_slots(const World& world, const std::string& stack,
                             const std::string& service, const std::vector<std::string>& ready) {
  std::vector<Step> steps;
  for (const auto& s : served(world, stack, service)) {
    const auto slot = slot_with(s.slot, addresses(world, stack, s.target));
    if (!slot || serving_slot(s.slot.word)) continue;
    auto probe = step_for(s, "probe", StepKind::probe_slot, *slot);
    probe.addresses = {"/"};
    probe.after = ready;
    auto open = step_for(s, "open", StepKind::switch_slot, *slot);
    open.facts["word"] = to_string(serving(*slot));
    open.after = {probe.id};
    steps.push_back(std::move(probe));
    steps.push_back(std::move(open));
  }
  return steps;
}

}  // namespace landfast
