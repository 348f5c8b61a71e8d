// SPDX-License-Identifier: Apache-2.0
#include "plan/edge_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "model/driven_nginx.h"
#include "plan/create_body_parts.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/stack_routes.h"

namespace landfast {
namespace {

using boost::json::object;

using body::array_of;
using body::text;
using body::texts;

const SlotState* slot_now(const World& world, const std::string& edge, const std::string& target) {
  const auto state = world.edges.find(edge);
  if (state == world.edges.end()) return nullptr;
  const auto slot = state->second.facts.slots.find(target);
  return slot == state->second.facts.slots.end() ? nullptr : &slot->second;
}

bool serves(const SlotState& slot) { return serving_slot(slot.word).has_value(); }

/// It leads to containers: one that was never pointed anywhere refuses, or has no file.
bool is_pointed(const SlotState& slot, SlotName name) {
  return std::ranges::all_of(slot.addresses(name), [](const std::string& address) {
    return !address.empty() && !address.starts_with("127.0.0.1:");
  });
}

/// It needs no container.
bool leads_to_site(const SlotState& slot, SlotName name) {
  return std::ranges::none_of(slot.addresses(name), [](const std::string& address) {
    return address.find(':') != std::string::npos;
  });
}

bool touches_slot(StepKind kind) {
  return kind == StepKind::hold_slot || kind == StepKind::point_slot ||
         kind == StepKind::switch_slot || kind == StepKind::drain_slot;
}

Step slot_step(const SlotRecord& r, std::string_view verb, StepKind kind, std::string cause) {
  Step s;
  s.id = fmt::format("undo:{}:{}:{}", r.edge, r.target, verb);
  s.kind = kind;
  s.state = DeploymentState::undoing;
  s.name = r.edge;
  s.key = r.target;
  s.service = r.service;
  s.cause = std::move(cause);
  s.limit = r.drain;
  return s;
}

Step slot_step(const SlotRecord& r, std::string_view verb, StepKind kind, std::string cause,
               SlotName slot) {
  auto s = slot_step(r, verb, kind, std::move(cause));
  s.facts["slot"] = to_string(slot);
  return s;
}

Step word_step(const SlotRecord& r, std::string_view verb, std::string cause, SlotWord word) {
  auto s = slot_step(r, verb, StepKind::switch_slot, std::move(cause));
  s.facts["word"] = to_string(word);
  return s;
}

/// Each waits for the one before.
void chain(std::vector<Step>& into, std::vector<Step> steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) steps[i].after.push_back(steps[i - 1].id);
  for (auto& s : steps) into.push_back(std::move(s));
}

/// The slot that served points to the old containers, is asked, and serves.
std::vector<Step> serve_again(const SlotRecord& r, SlotName slot, const SlotState* now) {
  std::vector<Step> steps;
  if (now == nullptr || now->addresses(slot) != r.state.addresses(slot)) {
    auto point = slot_step(r, "point", StepKind::point_slot, "the old one's address", slot);
    point.addresses = r.state.addresses(slot);
    steps.push_back(std::move(point));
  }
  steps.push_back(slot_step(r, "probe", StepKind::probe_slot, "", slot));
  steps.back().addresses = {"/"};
  steps.push_back(word_step(r, "switch", "the old one serves again", serving(slot)));
  return steps;
}

void undo_slot(const SlotRecord& r, const SlotState* now, bool is_up, EdgeUndo& undo) {
  const auto before = r.before();
  const bool as_it_was = now != nullptr && now->word == r.state.word &&
                         (!before || now->addresses(*before) == r.state.addresses(*before));
  if (as_it_was || (now == nullptr && !before)) return;
  const auto drain = slot_step(r, "drain", StepKind::drain_slot, "its new containers go", r.next());
  if (!before)
    return chain(undo.drains,
                 {word_step(r, "down", "nothing served before", SlotWord::down), drain});
  if (now != nullptr && (is_up || leads_to_site(r.state, *before))) {
    auto steps = serve_again(r, *before, now);
    steps.push_back(drain);
    return chain(undo.drains, std::move(steps));
  }
  if (now != nullptr)
    chain(undo.drains, {word_step(r, "hold", "until the old one is back", SlotWord::hold), drain});
  chain(undo.switches, serve_again(r, *before, now));
}

Step edge_step(const std::string& edge, std::string_view verb, StepKind kind, std::string cause) {
  Step s;
  s.id = fmt::format("undo:{}:{}", edge, verb);
  s.kind = kind;
  s.state = DeploymentState::undoing;
  s.name = edge;
  s.cause = std::move(cause);
  return s;
}

bool is_made(const EdgeState& state, const World& world) {
  const auto& table = state.facts.table;
  if (table.empty()) return !state.container || is_nginx_edge(table.edge);
  return state.container && runs(*state.container) &&
         is_as_made(*state.container, table, state.facts.folder, world.networks);
}

void undo_table(const std::string& stack, const IntendedStep& step, const World& world,
                EdgeUndo& undo) {
  const auto edge = text(step.facts, "edge");
  const auto state = world.edges.find(edge);
  if (state == world.edges.end()) return;
  const auto& facts = state->second.facts;
  std::vector<Step> steps;
  const bool other = facts.running && facts.revision != facts.recorded;
  if (revision_of(part_of(facts.table, stack)) != text(step.facts, "part") || other) {
    steps.push_back(edge_step(edge, "apply", StepKind::apply_routes, "its routes as before"));
    steps.back().facts = step.facts;
  }
  if (!steps.empty() || !is_made(state->second, world))
    steps.push_back(edge_step(edge, "make", StepKind::make_edge, "as its routes say"));
  chain(undo.tables, std::move(steps));
}

void undo_join(const IntendedStep& step, const World& world, EdgeUndo& undo) {
  const auto id = text(step.facts, "id"), network = text(step.facts, "network");
  const auto it = std::ranges::find(world.containers, id, &Container::id);
  if (it == world.containers.end() || !it->networks.contains(network)) return;
  Step s;
  s.id = fmt::format("undo:{}:leave-edge", it->name);
  s.kind = StepKind::leave_edge;
  s.state = DeploymentState::undoing;
  s.name = network;
  s.container_id = id;
  s.service = it->label(label::service);
  s.number = container_number(*it);
  s.cause = "no edge served it before";
  undo.networks.push_back(std::move(s));
}

void undo_network(const std::string& stack, std::int64_t deployment, const World& world,
                  EdgeUndo& undo) {
  const auto is = [](const NetworkState& n, const char* key, const std::string& value) {
    const auto it = n.labels.find(key);
    return it != n.labels.end() && it->second == value;
  };
  for (const auto& n : world.networks) {
    if (!is(n, label::role, "edge") || !is(n, label::stack, stack) ||
        !is(n, label::deployment, std::to_string(deployment)))
      continue;
    auto s = edge_step(n.name, "remove", StepKind::remove_edge_network, "this deployment made it");
    for (const auto& before : undo.networks) s.after.push_back(before.id);
    undo.networks.push_back(std::move(s));
  }
}

}  // namespace

std::optional<SlotName> SlotRecord::before() const { return serving_slot(state.word); }

object to_json(const SlotRecord& r) {
  return {{"edge", r.edge},           {"target", r.target},
          {"service", r.service},     {"word", to_string(r.state.word)},
          {"a", array_of(r.state.a)}, {"b", array_of(r.state.b)},
          {"drain", r.drain.count()}};
}

std::optional<SlotRecord> slot_record(const object& facts) {
  SlotRecord r;
  r.edge = text(facts, "edge");
  r.target = text(facts, "target");
  r.service = text(facts, "service");
  const auto word = slot_word(text(facts, "word"));
  if (!word || r.edge.empty() || r.target.empty()) return std::nullopt;
  r.state = {*word, texts(facts, "a"), texts(facts, "b")};
  r.drain = default_drain;
  if (const auto* n = facts.if_contains("drain"); n != nullptr && n->is_int64())
    r.drain = std::chrono::nanoseconds(n->as_int64());
  return r;
}

std::vector<SlotRecord> slot_records(const std::vector<IntendedStep>& steps) {
  std::vector<SlotRecord> records;
  for (const auto& s : steps) {
    auto record = touches_slot(s.kind) ? slot_record(s.facts) : std::nullopt;
    if (!record) continue;
    const bool known = std::ranges::any_of(records, [&](const auto& r) {
      return r.edge == record->edge && r.target == record->target;
    });
    if (!known) records.push_back(std::move(*record));
  }
  return records;
}

EdgeUndo undo_edges(const std::string& stack, std::int64_t deployment,
                    const std::vector<IntendedStep>& steps, const World& world,
                    const std::function<bool(const std::string&)>& is_up) {
  EdgeUndo undo;
  for (const auto& r : slot_records(steps))
    undo_slot(r, slot_now(world, r.edge, r.target), is_up(r.service), undo);
  for (const auto& s : steps) {
    if (s.kind == StepKind::apply_routes) undo_table(stack, s, world, undo);
    if (s.kind == StepKind::join_edge) undo_join(s, world, undo);
  }
  undo_network(stack, deployment, world, undo);
  return undo;
}

bool has_held_slot(const World& world, const std::string& stack) {
  for (const auto& [edge, state] : world.edges)
    for (const auto& t : state.facts.table.targets) {
      const auto* slot = slot_now(world, edge, t.id);
      if (t.stack == stack && slot != nullptr && !serves(*slot)) return true;
    }
  return false;
}

std::vector<Step> held_slots(const std::string& stack, const std::vector<IntendedStep>& steps,
                             const World& world) {
  std::vector<Step> found;
  const auto records = slot_records(steps);
  for (const auto& [edge, state] : world.edges)
    for (const auto& t : state.facts.table.targets) {
      const auto* slot = slot_now(world, edge, t.id);
      if (t.stack != stack || slot == nullptr || serves(*slot)) continue;
      const bool up = std::ranges::any_of(world.containers, [&](const Container& c) {
        return c.label(label::service) == t.service && runs(c);
      });
      SlotRecord r{edge, t.id, t.service, *slot, default_drain};
      bool is_ours = slot->word == SlotWord::hold;
      for (const auto& known : records)
        if (known.edge == edge && known.target == t.id) {
          r = known;
          is_ours = is_ours || (up && is_pointed(*slot, r.next()));
        }
      if (!is_ours) continue;  // one that is `down` by right
      auto probe = slot_step(r, "probe", StepKind::probe_slot, "", r.next());
      probe.addresses = {"/"};
      chain(found, {std::move(probe),
                    word_step(r, "switch", "the release is committed", serving(r.next()))});
    }
  const auto name = [](std::string& id) { id = "leftover:" + id.substr(id.find(':') + 1); };
  for (auto& s : found) {  // no undo: the release stays
    s.state = DeploymentState::committed;
    name(s.id);
    for (auto& id : s.after) name(id);
  }
  return found;
}

}  // namespace landfast
