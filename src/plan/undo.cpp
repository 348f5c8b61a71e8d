// SPDX-License-Identifier: Apache-2.0
#include "plan/undo.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/names.h"

namespace landfast {
namespace {

const Container* find(const World& world, const std::string& id) {
  const auto it = std::find_if(world.containers.begin(), world.containers.end(),
                               [&](const auto& c) { return c.id == id; });
  return it == world.containers.end() ? nullptr : &*it;
}

std::string text(const boost::json::object& facts, std::string_view key) {
  const auto* v = facts.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string{};
}

bool runs(const Container& c) {
  return c.status == ContainerStatus::running || c.status == ContainerStatus::restarting;
}

/// Builds the undo: new containers first, then the old ones back, then what stood around them.
struct Undo {
  std::string stack;
  std::int64_t number;
  const std::vector<IntendedStep>& steps;
  const World& world;
  bool first;
  Plan plan;

  Step& add(std::string id, StepKind kind, std::string name, std::string cause) {
    Step s;
    s.id = std::move(id);
    s.kind = kind;
    s.state = DeploymentState::undoing;
    s.name = std::move(name);
    s.cause = std::move(cause);
    return plan.steps.emplace_back(std::move(s));
  }

  void build() {
    plan.stack = stack;
    plan.deployment = number;
    remove_new();
    restore_old();
    restart_dependents();
    restore_policies();
    restore_tags();
    remove_networks();
    if (first) remove_volumes();
  }

  void remove_new() {
    for (const auto& c : world.containers) {
      if (c.label(label::deployment) != std::to_string(number) || is_retired(c.id)) continue;
      auto& s = add("undo:" + c.name + ":remove", StepKind::remove_container, c.name,
                    "deployment did not commit");
      s.container_id = c.id;
      s.service = c.label(label::service);
      s.number = container_number(c);
      s.anonymous_volumes = made_anonymous_volumes(c);
      removed_.push_back(s.id);
    }
  }

  /// Its anonymous volumes are its own unless it took them over from an old container.
  [[nodiscard]] bool made_anonymous_volumes(const Container& c) const {
    const auto prefix = fmt::format("{}/{}:create", c.label(label::service), container_number(c));
    return std::none_of(steps.begin(), steps.end(), [&](const auto& s) {
      return s.id == prefix && s.facts.contains("inherits");
    });
  }

  [[nodiscard]] bool is_retired(const std::string& id) const {
    return std::any_of(steps.begin(), steps.end(), [&](const auto& s) {
      return (s.kind == StepKind::retire_container || s.kind == StepKind::promote) &&
             text(s.facts, "id") == id;
    });
  }

  /// Intents of retiring, those whose namespaces others share first: what joins a namespace can
  /// start only after its owner.
  [[nodiscard]] std::vector<const IntendedStep*> owners_first() const {
    std::vector<const IntendedStep*> ordered;
    for (const auto& s : steps) ordered.push_back(&s);
    std::stable_sort(ordered.begin(), ordered.end(), [&](const auto* a, const auto* b) {
      return sharing_depth(text(a->facts, "id")) < sharing_depth(text(b->facts, "id"));
    });
    return ordered;
  }

  /// 0: it shares with nobody; 1: with such a one; and so on.
  [[nodiscard]] int sharing_depth(const std::string& id, int bound = 16) const {
    const auto* c = find(world, id);
    if (c == nullptr || bound == 0) return 0;
    int depth = 0;
    for (const auto* key : {"NetworkMode", "IpcMode", "PidMode"}) {
      const auto mode = text(c->host_config, key);
      if (!mode.starts_with("container:")) continue;
      depth = std::max(depth, 1 + sharing_depth(mode.substr(10), bound - 1));
    }
    return depth;
  }

  /// depends_on.restart holds for the way back too. One that has been restarted since the old ones
  /// serve again is left alone.
  void restart_dependents() {
    for (const auto& s : steps) {
      if (s.kind != StepKind::restart_container) continue;
      const auto* c = find(world, text(s.facts, "id"));
      if (c == nullptr || !runs(*c) || !(changes_owners() || older_than_owners(*c))) continue;
      auto& step = add("undo:" + c->name + ":restart", StepKind::restart_container, c->name,
                       "what it depends on is the old one again");
      step.container_id = c->id;
      step.service = c->label(label::service);
      step.number = container_number(*c);
      step.after = restored_;
    }
  }

  [[nodiscard]] bool changes_owners() const { return !restored_.empty(); }
  [[nodiscard]] bool older_than_owners(const Container& c) const {
    return std::any_of(steps.begin(), steps.end(), [&](const auto& s) {
      const auto* owner =
          s.kind == StepKind::retire_container ? find(world, text(s.facts, "id")) : nullptr;
      return owner != nullptr && runs(*owner) && c.started_at < owner->started_at;
    });
  }

  void restore_old() {
    std::vector<std::string> seen;
    for (const auto* intent : owners_first()) {
      const auto& s = *intent;
      if (s.kind != StepKind::retire_container && s.kind != StepKind::promote) continue;
      const auto id = text(s.facts, "id");
      const auto* c = find(world, id);
      if (c == nullptr || std::find(seen.begin(), seen.end(), id) != seen.end()) continue;
      seen.push_back(id);
      const bool ran = s.facts.contains("running") && s.facts.at("running") == true;
      RestartPolicy policy;
      policy.name = text(s.facts, "policy");
      if (const auto* n = s.facts.if_contains("retries"); n != nullptr && n->is_int64())
        policy.maximum_retry_count = static_cast<int>(n->as_int64());
      const auto name = text(s.facts, "name");
      if (c->name == name && c->restart_policy == policy && runs(*c) == ran) continue;
      auto& step = add("undo:" + name + ":restore", StepKind::restore_container, name,
                       ran ? "it served before" : "it was there before");
      step.container_id = id;
      step.service = c->label(label::service);
      step.number = container_number(*c);
      step.policy = policy;
      step.running = ran;
      step.after = removed_;
      if (!restored_.empty()) step.after.push_back(restored_.back());
      restored_.push_back(step.id);
    }
  }

  void restore_policies() {
    for (const auto& s : steps) {
      if (s.kind != StepKind::set_policy) continue;
      const auto* c = find(world, text(s.facts, "id"));
      if (c == nullptr || c->restart_policy.name == text(s.facts, "policy")) continue;
      auto& step =
          add("undo:" + c->name + ":policy", StepKind::set_policy, c->name, "the policy as it was");
      step.container_id = c->id;
      step.policy.name = text(s.facts, "policy");
    }
  }

  /// A plain `compose up -d` must not deploy what failed: tags that moved go back.
  void restore_tags() {
    for (const auto& s : steps) {
      if (s.kind != StepKind::restore_tag) continue;
      auto& step = add("undo:" + s.id, StepKind::restore_tag, text(s.facts, "reference"),
                       "it names the image that serves");
      step.key = text(s.facts, "image");
    }
  }

  /// Made by this deployment: numbers are unique in one journal only, so the stack counts too.
  [[nodiscard]] bool is_ours(const std::map<std::string, std::string>& labels) const {
    const auto made_by = labels.find(label::deployment);
    const auto of = labels.find(label::project);
    return made_by != labels.end() && made_by->second == std::to_string(number) &&
           of != labels.end() && of->second == stack;
  }

  void remove_networks() {
    for (const auto& n : world.networks) {
      if (!is_ours(n.labels)) continue;
      auto& s = add("undo:network:" + n.name, StepKind::remove_network, n.name,
                    "this deployment made it");
      s.key = n.id;
      s.after = removed_;
    }
  }

  void remove_volumes() {
    for (const auto& v : world.volumes) {
      if (!is_ours(v.labels)) continue;
      if (const auto users = world.foreign_volume_users.find(v.name);
          users != world.foreign_volume_users.end() && !users->second.empty())
        continue;
      auto& s = add("undo:volume:" + v.name, StepKind::remove_volume, v.name,
                    "made by this first deployment, which did not commit; nothing else uses it");
      s.after = removed_;
    }
  }

  std::vector<std::string> removed_, restored_;
};

}  // namespace

boost::json::object undo_facts(const Step& step, const World& world) {
  boost::json::object facts;
  if (!step.name.empty()) facts["made"] = step.name;
  if (!step.inherited_volumes.empty()) facts["inherits"] = true;
  const auto* c = find(world, step.container_id);
  const bool acts_on_old = step.kind == StepKind::retire_container ||
                           step.kind == StepKind::promote || step.kind == StepKind::set_policy ||
                           step.kind == StepKind::restart_container;
  if (c == nullptr || !acts_on_old) return facts;
  facts["id"] = c->id;
  facts["name"] = c->name;
  facts["policy"] = c->restart_policy.name;
  facts["retries"] = static_cast<std::int64_t>(c->restart_policy.maximum_retry_count);
  facts["running"] = runs(*c);
  return facts;
}

Plan plan_undo(const std::string& stack, std::int64_t number,
               const std::vector<IntendedStep>& steps, const World& world, bool first_deployment) {
  Undo undo{stack, number, steps, world, first_deployment, {}, {}, {}};
  undo.build();
  return std::move(undo.plan);
}

}  // namespace landfast
