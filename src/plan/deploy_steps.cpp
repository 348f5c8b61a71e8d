// SPDX-License-Identifier: Apache-2.0
#include "plan/deploy_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "plan/create_body.h"
#include "plan/edge_steps.h"
#include "plan/guard_steps.h"
#include "plan/names.h"
#include "plan/order.h"
#include "plan/verify_check.h"

namespace landfast {
namespace {

using Ids = std::vector<std::string>;

std::string slot(const std::string& service, int number) {
  return fmt::format("{}/{}", service, number);
}

void append(Ids& to, const Ids& from) {
  for (const auto& id : from)
    if (std::find(to.begin(), to.end(), id) == to.end()) to.push_back(id);
}

/// Anonymous volumes of the old container, which the new one takes over: target → name.
std::map<std::string, std::string> anonymous_volumes(const Container& old) {
  std::map<std::string, std::string> found;
  for (const auto& item : old.mounts) {
    const auto& mount = item.as_object();
    const auto* type = mount.if_contains("Type");
    const auto* name = mount.if_contains("Name");
    const auto* target = mount.if_contains("Destination");
    if (!type || !name || !target || *type != "volume") continue;
    const std::string text(name->as_string());
    const bool anonymous =
        text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (anonymous) found[std::string(target->as_string())] = text;
  }
  return found;
}

/// Builds the DAG in the order in which a reader would tell it.
class Builder {
 public:
  Builder(const DeployInput& in, std::int64_t deployment)
      : in_(in), deployment_(deployment), guard_(in), edges_(in) {}

  std::vector<Step> build() {
    images();
    networks();
    volumes();
    take(guard_.preparations(images_));
    take(edges_.preparations(images_));
    for (const auto& name : in_.order) creates(in_.decisions.at(name));
    take(guard_.guards(held()));
    for (const auto& name : in_.order) rolls(in_.decisions.at(name));
    checks();
    for (const auto& name : in_.order) removals(in_.decisions.at(name));
    take(guard_.ends());
    take(edges_.ends());
    leftovers();
    return in_order();
  }

 private:
  void take(std::vector<Step> steps) {
    for (auto& s : steps) steps_.push_back(std::move(s));
  }

  /// What the stops of a guard wait for: every new container, and that no request is on its way.
  Ids held() {
    auto after = creates_;
    for (const auto& name : in_.guard.fenced) {
      auto steps = edges_.holds(name, creates_);
      for (const auto& s : steps) after.push_back(s.id);
      take(std::move(steps));
    }
    return after;
  }

  Step& add(std::string id, StepKind kind, DeploymentState state, std::string cause) {
    Step s;
    s.id = std::move(id);
    s.kind = kind;
    s.state = state;
    s.cause = std::move(cause);
    return steps_.emplace_back(std::move(s));
  }

  Step& add_for(const ServiceDecision& d, const ContainerDecision& c, std::string_view verb,
                StepKind kind, std::string cause) {
    const auto& name = d.service->name;
    const auto state = d.one_shot ? DeploymentState::migrating : DeploymentState::rolling;
    auto& s = add(fmt::format("{}:{}", slot(name, c.number), verb), kind, state, std::move(cause));
    s.service = name;
    s.number = c.number;
    s.name = container_name(in_.project, *d.service, c.number);
    s.one_shot = d.one_shot;
    s.migration = d.service->landfast.migrate;
    return s;
  }

  void images() {
    std::set<std::string> seen;
    for (const auto& name : in_.order) {
      const auto& d = in_.decisions.at(name);
      const auto& service = *d.service;
      if (!d.renews() || in_.world.images.contains(service.image)) continue;
      if (!seen.insert(service.image).second) continue;
      const bool build = service.has_build && service.pull_policy != "always";
      auto& s = add((build ? "build:" : "pull:") + service.image,
                    build ? StepKind::build_image : StepKind::pull_image, DeploymentState::prepared,
                    "it is not on this engine");
      s.name = service.image;
      s.service = name;
      images_.push_back(s.id);
    }
  }

  void networks() {
    std::set<std::string> used;
    for (const auto& name : in_.order)
      if (in_.decisions.at(name).changes())
        for (const auto& key : in_.project.services.at(name).networks) used.insert(key);
    for (const auto& key : used) {
      const auto it = in_.project.networks.find(key);
      if (it == in_.project.networks.end() || it->second.external) continue;
      const auto& network = it->second;
      if (std::any_of(in_.world.networks.begin(), in_.world.networks.end(),
                      [&](const auto& n) { return n.name == network.name; }))
        continue;
      auto& s = add("network:" + key, StepKind::create_network, DeploymentState::prepared,
                    "there is none");
      s.key = key;
      s.name = network.name;
      s.after = images_;
      made_networks_.insert(key);
    }
  }

  void volumes() {
    const auto missing = missing_volumes(in_.project, in_.world);
    for (const auto& [key, volume] : in_.project.volumes) {
      if (!missing.contains(volume.name) || !wanted_volume(key)) continue;
      auto& s =
          add("volume:" + key, StepKind::create_volume, DeploymentState::prepared, "there is none");
      s.key = key;
      s.name = volume.name;
      s.after = images_;
      made_volumes_.insert(key);
    }
  }

  [[nodiscard]] bool wanted_volume(const std::string& key) const {
    return std::any_of(in_.order.begin(), in_.order.end(), [&](const auto& name) {
      const auto& mounts = in_.project.services.at(name).mounts;
      return in_.decisions.at(name).renews() &&
             std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) {
               return m.kind == MountKind::volume && m.source == key;
             });
    });
  }

  void creates(const ServiceDecision& d) {
    for (const auto& c : d.containers) {
      if (c.action != Action::create && c.action != Action::replace) continue;
      Ids after = images_;
      for (const auto& key : d.service->networks)
        if (made_networks_.contains(key)) after.push_back("network:" + key);
      for (const auto& m : d.service->mounts)
        if (m.kind == MountKind::volume && made_volumes_.contains(m.source))
          append(after, {"volume:" + m.source});
      for (const auto& owner : namespace_owners(*d.service)) append(after, created_of(owner));
      append(after, edges_.before_create(d.service->name));
      auto& s = add_for(d, c, "create", StepKind::create_container, join_causes(c));
      s.after = std::move(after);
      s.user_paths = in_.options.leave;
      if (c.old != nullptr) {
        s.container_id = c.old->id;
        s.name = beside_name(s.name, deployment_);
        if (!d.one_shot) s.inherited_volumes = anonymous_volumes(*c.old);
      }
      creates_.push_back(s.id);
      created_[d.service->name].push_back(s.id);
    }
  }

  void rolls(const ServiceDecision& d) {
    const auto gates = gates_of(d);
    for (const auto& c : d.containers) roll(d, c, gates);
    for (const auto& dep : d.service->depends_on)
      if (dep.restart && renews(dep.service))
        restart(d, gates, fmt::format("{} has a new container (depends_on.restart)", dep.service),
                [](const Container&) { return true; });
    rejoin(d, gates);
    take(edges_.moves(d.service->name, gates_[d.service->name]));
  }

  void roll(const ServiceDecision& d, const ContainerDecision& c, const Ids& gates) {
    if (guard_.restarts(d.service->name, c)) return start_fenced(d, c, gates);
    switch (c.action) {
    case Action::create:
    case Action::replace:
      renew(d, c, gates);
      break;
    case Action::start: {
      auto& s = add_for(d, c, "start", StepKind::start_container, join_causes(c));
      s.container_id = c.old->id;
      s.after = gates;
      append(s.after, guard_.before_start(d.service->name, c.number));
      const auto id = s.id;
      started_[d.service->name].push_back(id);
      const auto ready = gate(d, c, id, c.old->id);
      if (guard_.fences(d.service->name)) give_policy(d, c, ready);
      break;
    }
    case Action::await:
      gate(d, c, "", c.old->id);
      break;
    case Action::policy: {
      auto& s = add_for(d, c, "policy", StepKind::set_policy, join_causes(c));
      s.policy = restart_policy(*d.service);
      s.container_id = c.old->id;
      break;
    }
    case Action::keep:
    case Action::done:
    case Action::remove:
      break;
    }
  }

  /// One that stays as it is was stopped before the copy (guard_steps.h).
  void start_fenced(const ServiceDecision& d, const ContainerDecision& c, const Ids& gates) {
    auto& s = add_for(d, c, "start", StepKind::start_container, "its data is in place");
    s.container_id = c.old->id;
    s.after = gates;
    append(s.after, guard_.before_start(d.service->name, c.number));
    const auto id = s.id;
    started_[d.service->name].push_back(id);
    give_policy(d, c, gate(d, c, id, c.old->id));
  }

  /// The file's policy, for one that was stopped with none.
  void give_policy(const ServiceDecision& d, const ContainerDecision& c, std::string ready) {
    auto policy = restart_policy(*d.service);
    if (policy.name.empty() || policy.name == "no") return;
    auto& s = add_for(d, c, "policy", StepKind::set_policy, "it serves again");
    s.policy = std::move(policy);
    s.container_id = c.old->id;
    s.after = {std::move(ready)};
  }

  /// create (above) → [retire the old] → start → gate → promote.
  void renew(const ServiceDecision& d, const ContainerDecision& c, const Ids& gates) {
    const auto base = slot(d.service->name, c.number);
    if (c.idle) {
      auto& p = add_for(d, c, "promote", StepKind::promote, "the old one does not run either");
      p.after = {base + ":create"};
      p.container_id = c.old->id;
      return;
    }
    const auto& name = d.service->name;
    const bool replaces = c.old != nullptr && !d.one_shot;
    const bool beside = in_.replacement.beside.contains(name);
    const bool carried = beside && edges_.carries(name);
    Ids before = gates;
    append(before, {base + ":create"});
    append(before, guard_.before_start(name, c.number));
    append(before, edges_.before_start());
    std::chrono::nanoseconds delay{0};
    if (replaces) append(before, creates_);  // nothing changes before every new one is proven
    if (replaces && !carried) delay = wait_for_batch(d, before);
    if (replaces && !beside && !guard_.fences(name)) {
      before = {retire(d, c, hold(name, std::move(before), c.old->id),
                       "its new container is at hand", delay)};
      delay = std::chrono::nanoseconds(0);
    }
    auto& s = add_for(d, c, "start", StepKind::start_container, "");
    s.after = std::move(before);
    s.delay = delay;
    started_[name].push_back(s.id);
    Ids done{gate(d, c, s.id, "")};
    if (replaces && beside) {
      append(done, edges_.before_stop(name, c.old->id));
      done = {retire(d, c, std::move(done), "the new one is ready beside it", {})};
    }
    append(done, edges_.before_promote(name));
    auto& p = add_for(d, c, "promote", StepKind::promote, "");
    p.after = std::move(done);
    if (c.old != nullptr) p.container_id = c.old->id;
    if (replaces) replaced_[name].push_back(p.id);
  }

  /// Requests to a service that an edge carries wait from right before its first stop.
  Ids hold(const std::string& service, Ids before, const std::string& container) {
    if (held_.insert(service).second) take(edges_.holds(service, before));
    append(before, edges_.before_stop(service, container));
    return before;
  }

  std::string retire(const ServiceDecision& d, const ContainerDecision& c, Ids after,
                     std::string cause, std::chrono::nanoseconds delay) {
    auto& r = add_for(d, c, "retire", StepKind::retire_container, std::move(cause));
    r.container_id = c.old->id;
    r.after = std::move(after);
    r.delay = delay;
    return r.id;
  }

  /// Containers of one service are replaced in batches (update_config.parallelism): the next begins
  /// when the one before serves. Returns the delay between them.
  std::chrono::nanoseconds wait_for_batch(const ServiceDecision& d, Ids& before) {
    const auto config = update_config(*d.service);
    const auto& done = replaced_[d.service->name];
    if (config.parallelism == 0 || done.size() < config.parallelism) return {};
    const auto batch = done.size() / config.parallelism;
    for (auto i = (batch - 1) * config.parallelism; i < batch * config.parallelism; ++i)
      append(before, {done[i]});
    return config.delay;
  }

  /// `after` by value: it is often the id of a step, which moves when this one is added.
  std::string gate(const ServiceDecision& d, const ContainerDecision& c, std::string after,
                   const std::string& container) {
    auto& g = d.one_shot ? add_for(d, c, "exit", StepKind::await_exit, "")
                         : add_for(d, c, "ready", StepKind::await_ready, "");
    g.container_id = container;
    if (!after.empty()) g.after = {after};
    gates_[d.service->name].push_back(g.id);
    return g.id;
  }

  /// Who shares a namespace is restarted behind the start of its owner, or where it missed one.
  void rejoin(const ServiceDecision& d, const Ids& gates) {
    Ids behind = gates;
    for (const auto& owner : namespace_owners(*d.service))
      if (!started_[owner].empty()) append(behind, gates_[owner]);
    const bool owner_starts = behind.size() > gates.size();
    restart(d, behind, "what it shares is started again",
            [&](const Container& c) { return owner_starts || in_.world.cut_off.contains(c.id); });
  }

  void restart(const ServiceDecision& d, const Ids& gates, const std::string& cause,
               const std::function<bool(const Container&)>& wanted) {
    for (const auto& c : d.containers) {
      if (c.action != Action::keep || c.old == nullptr || !wanted(*c.old)) continue;
      if (guard_.restarts(d.service->name, c) || !restarted_.insert(c.old->id).second) continue;
      auto before = hold(d.service->name, gates, c.old->id);
      auto& s = add_for(d, c, "restart", StepKind::restart_container, cause);
      s.container_id = c.old->id;
      s.after = std::move(before);
      const auto id = s.id;
      started_[d.service->name].push_back(id);
      gate(d, c, id, c.old->id);
    }
  }

  /// What must be done before a container of this service starts.
  Ids gates_of(const ServiceDecision& d) {
    Ids gates;
    if (!d.changes() && !restarts(d) && !guard_.fences(d.service->name)) return gates;
    for (const auto& dep : d.service->depends_on) {
      const auto it = in_.decisions.find(dep.service);
      if (it == in_.decisions.end()) continue;
      if (dep.condition == DependencyCondition::started) {
        append(gates, started_[dep.service]);
      } else {
        require_gate(it->second);
        append(gates, gates_[dep.service]);
      }
    }
    append(gates, migrations_before(d));
    return gates;
  }

  /// An unchanged dependency must be seen ready too before something that needs it starts.
  void require_gate(const ServiceDecision& d) {
    if (!gates_[d.service->name].empty()) return;
    for (const auto& c : d.containers)
      if ((c.action == Action::keep || c.action == Action::policy) && c.old != nullptr &&
          !guard_.restarts(d.service->name, c))
        gate(d, c, "", c.old->id);
  }

  /// Who shares a dependency with a migration starts after it: it reaches the same store. What a
  /// migration itself needs never waits for one, so there is no circle.
  Ids migrations_before(const ServiceDecision& d) {
    Ids ids;
    for (const auto& [name, other] : in_.decisions)
      if (other.service->landfast.migrate &&
          with_dependencies(in_.project, {name}).contains(d.service->name))
        return ids;
    for (const auto& [name, other] : in_.decisions) {
      if (!other.service->landfast.migrate || name == d.service->name || !other.changes()) continue;
      auto reached = with_dependencies(in_.project, {name});
      reached.erase(name);
      const auto mine = with_dependencies(in_.project, {d.service->name});
      const bool shares = std::any_of(reached.begin(), reached.end(),
                                      [&](const auto& r) { return mine.contains(r); });
      if (reached.empty() || shares) {
        for (const auto& c : other.containers)
          if (c.action == Action::create || c.action == Action::replace ||
              c.action == Action::await)
            append(ids, {slot(name, c.number) + ":exit"});
      }
    }
    return ids;
  }

  /// The checks of `verify` come last before the commit; where nothing changes there are none.
  void checks() {
    Ids last;
    for (const auto& s : steps_) {
      const bool waited_for = std::any_of(steps_.begin(), steps_.end(), [&](const Step& other) {
        return std::find(other.after.begin(), other.after.end(), s.id) != other.after.end();
      });
      if (!waited_for) last.push_back(s.id);
    }
    if (steps_.empty()) return;
    const auto& all = in_.project.landfast.verify;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto& s = add(fmt::format("verify:{}", i + 1), StepKind::verify, DeploymentState::verifying,
                    "x-landfast.verify");
      s.key = std::to_string(i);
      s.name = check_text(all[i]);
      s.after = last;
    }
  }

  void removals(const ServiceDecision& d) {
    for (const auto& c : d.containers) {
      if (c.action == Action::replace) {
        auto& s = add_for(d, c, "remove", StepKind::remove_container, "the new one serves");
        s.state = DeploymentState::committed;
        s.container_id = c.old->id;
        s.name = was_name(s.name, deployment_);
        s.anonymous_volumes = d.one_shot;
        s.after = {slot(d.service->name, c.number) + ":promote"};
      } else if (c.action == Action::remove) {
        retire_and_remove(*c.old, d.service->name, c.number, join_causes(c),
                          edges_.before_stop(d.service->name, c.old->id));
      }
    }
  }

  void leftovers() {
    for (const auto& c : in_.world.containers) {
      if (!generation_name(c.name)) continue;
      auto& s = add("leftover:" + c.name, StepKind::remove_container, DeploymentState::committed,
                    "left over from an earlier deployment");
      s.container_id = c.id;
      s.name = c.name;
    }
    if (!in_.options.remove_orphans) return;
    for (const auto* c : orphans(in_.project, in_.world))
      retire_and_remove(*c, c->label(label::service), container_number(*c),
                        "the file does not know it (--remove-orphans)", {});
  }

  void retire_and_remove(const Container& c, const std::string& service, int number,
                         const std::string& cause, const Ids& drained) {
    const auto base = slot(service, number);
    auto& r = add(base + ":retire", StepKind::retire_container, DeploymentState::rolling, cause);
    r.service = service;
    r.number = number;
    r.name = c.name;
    r.container_id = c.id;
    r.after = creates_;
    append(r.after, drained);
    auto& s = add(base + ":remove", StepKind::remove_container, DeploymentState::committed, cause);
    s.service = service;
    s.number = number;
    s.name = c.name;
    s.container_id = c.id;
    s.after = {base + ":retire"};
  }

  /// The steps so that each stands after what it waits for; else as they were told.
  std::vector<Step> in_order() {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < steps_.size(); ++i) index[steps_[i].id] = i;
    std::vector<std::size_t> open(steps_.size());
    std::vector<std::vector<std::size_t>> followers(steps_.size());
    std::set<std::size_t> ready;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      std::erase_if(steps_[i].after, [&](const auto& id) { return !index.contains(id); });
      open[i] = steps_[i].after.size();
      for (const auto& id : steps_[i].after) followers[index[id]].push_back(i);
      if (open[i] == 0) ready.insert(i);
    }
    std::vector<Step> ordered;
    while (!ready.empty()) {
      const auto i = *ready.begin();
      ready.erase(ready.begin());
      for (const auto f : followers[i])
        if (--open[f] == 0) ready.insert(f);
      ordered.push_back(std::move(steps_[i]));
    }
    return ordered;
  }

  [[nodiscard]] bool renews(const std::string& service) const {
    const auto it = in_.decisions.find(service);
    return it != in_.decisions.end() && it->second.has(Action::replace);
  }
  [[nodiscard]] bool restarts(const ServiceDecision& d) const {
    return std::any_of(d.service->depends_on.begin(), d.service->depends_on.end(),
                       [&](const auto& dep) { return dep.restart && renews(dep.service); });
  }
  [[nodiscard]] Ids created_of(const std::string& service) const {
    const auto it = created_.find(service);
    return it == created_.end() ? Ids{} : it->second;
  }
  static std::string join_causes(const ContainerDecision& c) {
    return fmt::format("{}", fmt::join(c.causes, ", "));
  }

  const DeployInput& in_;
  std::int64_t deployment_;
  GuardSteps guard_;
  EdgeSteps edges_;
  std::vector<Step> steps_;
  Ids images_, creates_;
  std::set<std::string> made_networks_, made_volumes_, restarted_, held_;
  std::map<std::string, Ids> created_, started_, gates_, replaced_;
};

}  // namespace

std::vector<const Container*> orphans(const Project& project, const World& world) {
  std::vector<const Container*> found;
  for (const auto& [service, list] : service_containers(world))
    if (!project.services.contains(service) && !project.disabled.contains(service))
      found.insert(found.end(), list.begin(), list.end());
  return found;
}

std::vector<Step> deploy_steps(const DeployInput& input, std::int64_t deployment) {
  return Builder(input, deployment).build();
}

}  // namespace landfast
