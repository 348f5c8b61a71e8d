// SPDX-License-Identifier: Apache-2.0
#include "plan/undo.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/edge_facts.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "plan/shared_namespaces.h"

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

bool flag(const boost::json::object& facts, std::string_view key) {
  const auto* value = facts.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// The engine would have kept it up, had its owner been there.
bool should_run(const Container& c) {
  const auto& policy = c.restart_policy.name;
  return policy == "always" || (!c.error.empty() && !policy.empty() && policy != "no");
}

/// Builds the undo: new containers first, then the old ones back, then what stood around them.
struct Undo {
  std::string stack;
  std::int64_t number;
  const std::vector<IntendedStep>& steps;
  const World& world;
  bool first;
  Plan plan{};

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
    edges_ = undo_edges(stack, number, steps, world, [&](const auto& s) { return is_up(s); });
    take(edges_.drains, {}, drained_);
    remove_new();
    removed_.insert(removed_.end(), drained_.begin(), drained_.end());
    take(edges_.tables, std::vector(removed_), removed_);
    give_data_back();
    leave_fence();
    restore_old();
    switch_back();
    restart_sharers();
    restart_dependents();
    restore_policies();
    restore_tags();
    remove_networks();
    remove_fence();
    drop_copies();
    if (first) remove_volumes();
    if (first) empty_folders();
  }

  /// Puts steps of an edge into the plan, behind `after`; `ids` gets theirs.
  void take(const std::vector<Step>& from, const std::vector<std::string>& after,
            std::vector<std::string>& ids) {
    for (const auto& step : from) {
      auto& s = plan.steps.emplace_back(step);
      s.after.insert(s.after.end(), after.begin(), after.end());
      ids.push_back(s.id);
    }
  }

  /// Its old containers run, and no copy is under them: requests can go to them at once.
  [[nodiscard]] bool is_up(const std::string& service) const {
    for (const auto& e : exchanges())
      if (may_be_exchanged(e)) return false;
    const auto all = olds();
    return std::all_of(all.begin(), all.end(), [&](const auto& old) {
      if (old.container->label(label::service) != service) return true;
      return !flag(*old.facts, "running") || runs(*old.container);
    });
  }

  void switch_back() {
    auto after = removed_;
    after.insert(after.end(), restored_.begin(), restored_.end());
    std::vector<std::string> switched;
    take(edges_.switches, after, switched);
    after.insert(after.end(), switched.begin(), switched.end());
    take(edges_.networks, after, switched);
  }

  Step& add_for(const Container& c, const std::string& what, StepKind kind, std::string cause) {
    auto& s = add(fmt::format("undo:{}:{}", c.name, what), kind, c.name, std::move(cause));
    s.container_id = c.id;
    s.service = c.label(label::service);
    s.number = container_number(c);
    return s;
  }

  /// A store that is killed loses what it had not written yet, or must repair itself at its start:
  /// it gets a clean stop, unless all that it writes to goes with it.
  [[nodiscard]] bool writes_what_stays(const Container& c) const {
    return std::any_of(c.mounts.begin(), c.mounts.end(), [&](const auto& mount) {
      const auto* m = mount.if_object();
      if (m == nullptr || !flag(*m, "RW")) return false;
      const auto type = text(*m, "Type");
      return type == "bind" || (type == "volume" && !goes_with_it(text(*m, "Name")));
    });
  }

  [[nodiscard]] bool goes_with_it(const std::string& volume) const {
    const auto it = std::find_if(world.volumes.begin(), world.volumes.end(),
                                 [&](const auto& v) { return v.name == volume; });
    return first && it != world.volumes.end() && is_ours_alone(*it);
  }

  [[nodiscard]] bool is_ours_alone(const VolumeState& v) const {
    const auto users = world.foreign_volume_users.find(v.name);
    return is_ours(v.labels) &&
           (users == world.foreign_volume_users.end() || users->second.empty());
  }

  void remove_new() {
    for (const auto& c : world.containers) {
      if (c.label(label::deployment) != std::to_string(number) || is_retired(c.id)) continue;
      const bool stops = runs(c) && writes_what_stays(c);
      if (stops)
        add_for(c, "stop", StepKind::stop_container, "what it writes to stays").after = drained_;
      auto& s = add_for(c, "remove", StepKind::remove_container, "deployment did not commit");
      s.after = drained_;
      if (stops) s.after.push_back("undo:" + c.name + ":stop");
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
      return (retires(s.kind) || s.kind == StepKind::promote) && text(s.facts, "id") == id;
    });
  }
  static bool retires(StepKind kind) {
    return kind == StepKind::retire_container || kind == StepKind::stop_clean;
  }

  // ---- data: what runs on the copy ends, then the original has its name back

  [[nodiscard]] std::vector<ExchangeFacts> exchanges() const {
    std::vector<ExchangeFacts> found;
    for (const auto& s : steps)
      if (auto facts = exchange_facts(s.facts); facts && s.kind == StepKind::exchange_volumes)
        found.push_back(std::move(*facts));
    return found;
  }

  /// What cannot be seen counts as exchanged: the step itself looks again.
  [[nodiscard]] bool may_be_exchanged(const ExchangeFacts& e) const {
    const auto volume = world.identities.find(e.volume), aside = world.identities.find(e.aside);
    if (volume == world.identities.end()) return true;
    if (aside == world.identities.end()) return volume->second != e.original;
    return exchanged(e, volume->second, aside->second) != Exchanged::no;
  }

  void give_data_back() {
    std::vector<std::string> before = removed_;
    for (const auto& e : exchanges()) {
      if (!may_be_exchanged(e)) continue;
      if (stopped_.empty()) stop_on_copy(before);
      auto& s = add("undo:volume:" + e.volume + ":exchange", StepKind::exchange_volumes, e.aside,
                    "the original has its place again");
      s.key = e.volume;
      s.facts = to_json(e);
      s.after = before;
      removed_.push_back(s.id);
    }
  }

  /// Old containers that were started again in the fence.
  void stop_on_copy(std::vector<std::string>& before) {
    for (const auto& [c, facts] : olds()) {
      stopped_.insert(c->id);
      if (!runs(*c)) continue;
      auto& s = add("undo:" + c->name + ":stop", StepKind::retire_container, c->name,
                    "it runs on the copy");
      s.container_id = c->id;
      s.service = c->label(label::service);
      s.number = container_number(*c);
      before.push_back(s.id);
    }
  }

  void leave_fence() {
    std::vector<FenceRecord> records;
    for (const auto& s : steps)
      if (s.kind == StepKind::fence_container) records.push_back({s.id, &s.facts});
    fence_ = unfencing(stack, number, records, world, DeploymentState::undoing, "undo:");
    for (const auto& s : fence_) {
      if (s.kind != StepKind::unfence_container) continue;
      auto& step = plan.steps.emplace_back(s);
      step.after = removed_;
      unfenced_.push_back(step.id);
    }
    removed_.insert(removed_.end(), unfenced_.begin(), unfenced_.end());
  }

  void remove_fence() {
    for (auto& s : fence_) {
      if (s.kind != StepKind::remove_fence) continue;
      s.after = removed_;
      plan.steps.push_back(std::move(s));
    }
  }

  /// The copies that were migrated, now under the names of what was to be set aside.
  void drop_copies() {
    std::string last;
    for (const auto& v : world.volumes) {
      const auto of = set_aside_for(v, stack);
      const auto by = v.labels.find(label::deployment);
      if (of.empty() || by == v.labels.end() || by->second != std::to_string(number)) continue;
      auto& s = add("undo:volume:" + v.name + ":drop", StepKind::drop_aside, v.name,
                    "the copy of a deployment that did not commit");
      s.key = of;
      for (const auto& e : exchanges())
        if (e.aside == v.name) s.facts = to_json(e);
      s.after = removed_;
      if (!last.empty()) s.after.push_back(last);
      last = s.id;
    }
  }

  /// 0: it shares with nobody; 1: with such a one; and so on.
  [[nodiscard]] int sharing_depth(const Container& c, int bound = 16) const {
    int depth = 0;
    for (const auto& [kind, id] : joined_namespaces(c))
      if (const auto* owner = find(world, id); owner != nullptr && bound > 0)
        depth = std::max(depth, 1 + sharing_depth(*owner, bound - 1));
    return depth;
  }

  /// depends_on.restart holds for the way back too. One that has been restarted since the old ones
  /// serve again is left alone.
  void restart_dependents() {
    for (const auto& s : steps) {
      if (s.kind != StepKind::restart_container) continue;
      const auto* c = find(world, text(s.facts, "id"));
      if (c == nullptr || !runs(*c) || !(changes_owners() || older_than_owners(*c))) continue;
      if (restarted_.contains(c->id)) continue;
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
      const auto* owner = retires(s.kind) ? find(world, text(s.facts, "id")) : nullptr;
      return owner != nullptr && runs(*owner) && c.started_at < owner->started_at;
    });
  }

  /// What an intent knows of the container as it was.
  struct Old {
    const Container* container = nullptr;
    const boost::json::object* facts = nullptr;
  };

  /// Each old container once; one that joins the namespace of another stands behind it.
  [[nodiscard]] std::vector<Old> olds() const {
    std::vector<Old> found;
    for (const bool stores : {true, false})  // what keeps the data comes back before what uses it
      for (const auto& s : steps) {
        if (!retires(s.kind) && s.kind != StepKind::promote) continue;
        if ((s.kind == StepKind::stop_clean) != stores) continue;
        const auto* c = find(world, text(s.facts, "id"));
        const bool seen = std::any_of(found.begin(), found.end(),
                                      [&](const auto& old) { return old.container == c; });
        if (c != nullptr && !seen) found.push_back({c, &s.facts});
      }
    std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
      return sharing_depth(*a.container) < sharing_depth(*b.container);
    });
    return found;
  }

  /// What joins a container that does not run cannot be started: somebody stopped its owner.
  [[nodiscard]] bool owners_run(const Container& c) const {
    const auto joined = joined_namespaces(c);
    return std::all_of(joined.begin(), joined.end(), [&](const auto& j) {
      const auto* owner = find(world, j.second);
      return started_.contains(j.second) || (owner != nullptr && runs(*owner));
    });
  }

  void restore_old() {
    for (const auto& [c, facts] : olds()) {
      const bool ran = flag(*facts, "running") && owners_run(*c);
      RestartPolicy policy;
      policy.name = text(*facts, "policy");
      if (const auto* n = facts->if_contains("retries"); n != nullptr && n->is_int64())
        policy.maximum_retry_count = static_cast<int>(n->as_int64());
      const auto name = text(*facts, "name");
      const bool as_it_was = c->name == name && c->restart_policy == policy && runs(*c) == ran;
      if (as_it_was && !(stopped_.contains(c->id) && runs(*c))) continue;
      auto& step = add("undo:" + name + ":restore", StepKind::restore_container, name,
                       ran ? "it served before" : "it was there before");
      step.container_id = c->id;
      step.service = c->label(label::service);
      step.number = container_number(*c);
      step.policy = policy;
      step.running = ran;
      step.after = removed_;
      if (!restored_.empty()) step.after.push_back(restored_.back());
      restored_.push_back(step.id);
      if (ran && (!runs(*c) || stopped_.contains(c->id))) started_.insert(c->id);
    }
  }

  /// The engine could not start it for want of its owner, which runs by now.
  [[nodiscard]] bool missed_owner(const Container& c) const {
    if (runs(c) || c.error.empty()) return false;
    const auto joined = joined_namespaces(c);
    return std::any_of(joined.begin(), joined.end(), [&](const auto& j) {
      const auto* owner = find(world, j.second);
      return owner != nullptr && runs(*owner);
    });
  }

  /// A container that went on while its owner was away shares what is gone.
  void restart_sharers() {
    for (const auto& c : world.containers) {
      const auto joined = joined_namespaces(c);
      const bool cut_off = std::any_of(joined.begin(), joined.end(),
                                       [&](const auto& j) { return started_.contains(j.second); });
      const bool goes = c.label(label::deployment) == std::to_string(number) && !is_retired(c.id);
      if (!(cut_off || missed_owner(c)) || goes || !(runs(c) || should_run(c))) continue;
      restarted_.insert(c.id);
      auto& step = runs(c) ? add("undo:" + c.name + ":restart", StepKind::restart_container, c.name,
                                 "what it shares was started again")
                           : add("undo:" + c.name + ":start", StepKind::start_container, c.name,
                                 "what it shares was not there");
      step.container_id = c.id;
      step.service = c.label(label::service);
      step.number = container_number(c);
      if (!restored_.empty()) step.after = {restored_.back()};
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
      if (!is_ours_alone(v)) continue;
      auto& s = add("undo:volume:" + v.name, StepKind::remove_volume, v.name,
                    "made by this first deployment, which did not commit; nothing else uses it");
      s.after = removed_;
    }
  }

  /// Folders of the host that were empty before this deployment's stores were created.
  void empty_folders() {
    std::set<std::string> seen;
    for (const auto& s : steps)
      for (const auto& path : filled_folders(s.facts)) {
        const auto facts = world.volume_facts.find(path);
        const bool is_empty = facts != world.volume_facts.end() && facts->second.files == 0;
        if (is_empty || !seen.insert(path).second) continue;
        auto& step = add("undo:folder:" + path, StepKind::remove_volume, path,
                         "it was empty before this first deployment, which did not commit");
        step.after = removed_;
      }
  }

  EdgeUndo edges_{};
  std::vector<std::string> drained_{}, removed_{}, restored_{};
  std::set<std::string> restarted_{};
  std::set<std::string> started_{};  // ids of the old containers that the undo starts
  std::set<std::string> stopped_{};  // ids of those that may have run on a copy
  std::vector<std::string> unfenced_{};
  std::vector<Step> fence_{};
};

}  // namespace

boost::json::object undo_facts(const Step& step, const World& world) {
  boost::json::object facts;
  if (!step.name.empty()) facts["made"] = step.name;
  if (!step.inherited_volumes.empty()) facts["inherits"] = true;
  const auto* c = find(world, step.container_id);
  const bool acts_on_old =
      step.kind == StepKind::retire_container || step.kind == StepKind::stop_clean ||
      step.kind == StepKind::start_container || step.kind == StepKind::promote ||
      step.kind == StepKind::set_policy || step.kind == StepKind::restart_container;
  if (c == nullptr || !acts_on_old) return facts;
  facts["id"] = c->id;
  facts["name"] = c->name;
  facts["policy"] = c->restart_policy.name;
  facts["retries"] = static_cast<std::int64_t>(c->restart_policy.maximum_retry_count);
  facts["running"] = runs(*c);
  return facts;
}

std::vector<std::string> filled_folders(const boost::json::object& facts) {
  std::vector<std::string> paths;
  if (const auto* list = facts.if_contains("fills"); list != nullptr && list->is_array())
    for (const auto& path : list->as_array())
      if (path.is_string()) paths.emplace_back(path.as_string());
  return paths;
}

Plan plan_undo(const std::string& stack, std::int64_t number,
               const std::vector<IntendedStep>& steps, const World& world, bool first_deployment) {
  Undo undo{
      .stack = stack, .number = number, .steps = steps, .world = world, .first = first_deployment};
  undo.build();
  return std::move(undo.plan);
}

}  // namespace landfast
