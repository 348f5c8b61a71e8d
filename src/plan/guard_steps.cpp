// SPDX-License-Identifier: Apache-2.0
#include "plan/guard_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/create_body.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "plan/order.h"

namespace landfast {
namespace {

std::string slot(const std::string& service, int number) {
  return fmt::format("{}/{}", service, number);
}

/// It is there now and will be there in the new release, or makes way for a new one.
bool is_made(const ContainerDecision& c) {
  return c.action == Action::create || c.action == Action::replace;
}

/// A network of its own, as far as the engine can attach and detach it.
bool has_networks(const Service& service) { return service.network_mode.empty(); }

Step step_of(std::string id, StepKind kind, DeploymentState state, std::string cause) {
  Step s;
  s.id = std::move(id);
  s.kind = kind;
  s.state = state;
  s.cause = std::move(cause);
  return s;
}

std::string volume_step(const PlannedGuard& guard, std::string_view verb) {
  return fmt::format("volume:{}:{}", guard.store.place(), verb);
}

constexpr const char* fence_step = "network:landfast-fence";

}  // namespace

bool GuardSteps::restarts(const std::string& service, const ContainerDecision& c) const {
  if (!fences(service) || c.old == nullptr) return false;
  return (c.action == Action::keep || c.action == Action::policy) && has_processes(*c.old);
}

Step GuardSteps::step_for(const ServiceDecision& d, const ContainerDecision& c,
                          std::string_view verb, StepKind kind, std::string cause) const {
  const auto& name = d.service->name;
  auto s = step_of(fmt::format("{}:{}", slot(name, c.number), verb), kind, DeploymentState::guarded,
                   std::move(cause));
  s.service = name;
  s.number = c.number;
  s.name = container_name(in_.project, *d.service, c.number);
  s.one_shot = d.one_shot;
  s.migration = d.service->landfast.migrate;
  return s;
}

std::string GuardSteps::stores_reached(const std::string& service) const {
  std::vector<std::string> names;
  for (const auto& guard : in_.guard.guards) {
    const auto reaching = reaches(in_.project, guard.store);
    const bool reached = std::find(reaching.begin(), reaching.end(), service) != reaching.end();
    const auto& of = guard.store.service;
    if (reached && std::find(names.begin(), names.end(), of) == names.end()) names.push_back(of);
  }
  return join(names, ", ");
}

std::vector<Step> GuardSteps::preparations(const Ids& after) {
  std::vector<Step> steps;
  if (in_.guard.empty()) return steps;
  auto& fence =
      steps.emplace_back(step_of(fence_step, StepKind::create_fence, DeploymentState::guarded,
                                 "nothing else reaches the data until the commit"));
  fence.name = fence_name(in_.project.name, in_.history.next_deployment);
  fence.after = after;
  made_.push_back(fence.id);
  auto before = after;
  for (const auto& guard : in_.guard.guards) {
    auto& s = steps.emplace_back(step_of(volume_step(guard, "set-aside"), StepKind::set_aside,
                                         DeploymentState::prepared, join(guard.causes, ", ")));
    s.service = guard.store.service;
    s.key = guard.store.place();
    s.name = guard.aside;
    s.folder = guard.folder;
    // One after the other: they share the container that holds what is set aside.
    s.after = before;
    before = {s.id};
    made_.push_back(s.id);
  }
  for (const auto& guard : in_.guard.guards)
    if (guard.first_copy) first_copy(guard, steps);
  return steps;
}

/// A long copy while all goes on, so that what is left for the time behind the fence is short.
void GuardSteps::first_copy(const PlannedGuard& guard, std::vector<Step>& steps) {
  auto& s = steps.emplace_back(step_of(volume_step(guard, "first-copy"), StepKind::first_copy,
                                       DeploymentState::prepared,
                                       "most of it is copied while it serves"));
  s.service = guard.store.service;
  s.key = guard.store.place();
  s.source = guard.source;
  s.name = guard.aside;
  s.after = {volume_step(guard, "set-aside")};
  made_.push_back(s.id);
}

std::vector<Step> GuardSteps::guards(const Ids& creates) {
  std::vector<Step> steps;
  if (in_.guard.empty()) return steps;
  auto after = creates;
  after.insert(after.end(), made_.begin(), made_.end());
  stop_users(after, steps);
  stop_stores(steps);
  if (stopped_.empty() && stores_stopped_.empty()) stopped_ = after;
  exchange(steps);
  enter(steps);
  return steps;
}

/// All that reaches the data and is no store itself; what goes anyway (Action::remove) has a step
/// of the same name from the deploy.
void GuardSteps::stop_users(const Ids& after, std::vector<Step>& steps) {
  stopped_ = after;
  for (const auto& name : in_.order) {
    if (!fences(name) || in_.guard.stores.contains(name)) continue;
    const auto& d = in_.decisions.at(name);
    for (const auto& c : d.containers) {
      if (c.old == nullptr || c.action == Action::done) continue;
      const auto id = slot(name, c.number) + ":retire";
      const bool starts_again = c.action == Action::start || restarts(name, c);
      const bool makes_way = c.action == Action::replace && !d.one_shot;
      if (starts_again || makes_way) {
        auto& s = steps.emplace_back(
            step_for(d, c, "retire", StepKind::retire_container,
                     fmt::format("it reaches {}, whose data is guarded", stores_reached(name))));
        s.container_id = c.old->id;
        s.after = after;
      }
      if (starts_again || makes_way || c.action == Action::remove) stopped_.push_back(id);
    }
  }
}

/// Dependencies stand before what needs them: what follows this order makes no circle.
bool GuardSteps::stands_before(const std::string& first, const std::string& second) const {
  const auto at = [&](const std::string& name) {
    return std::find(in_.order.begin(), in_.order.end(), name);
  };
  return at(first) < at(second);
}

/// An app that keeps files stops before the database that it uses.
bool GuardSteps::stops_before(const std::string& store, const std::string& used) const {
  if (!stands_before(used, store)) return false;
  return std::any_of(in_.guard.guards.begin(), in_.guard.guards.end(), [&](const auto& guard) {
    if (guard.store.service != used) return false;
    const auto reaching = reaches(in_.project, guard.store);
    return std::find(reaching.begin(), reaching.end(), store) != reaching.end();
  });
}

void GuardSteps::stop_stores(std::vector<Step>& steps) {
  for (const auto& name : in_.order) {
    if (!in_.guard.stores.contains(name)) continue;
    const auto& d = in_.decisions.at(name);
    for (const auto& c : d.containers) {
      if (c.old == nullptr || c.action == Action::done) continue;
      if (c.action == Action::remove) {
        stores_stopped_.push_back(slot(name, c.number) + ":retire");
        continue;
      }
      if (c.action == Action::keep && !has_processes(*c.old)) continue;
      auto& s = steps.emplace_back(step_for(d, c, "stop-clean", StepKind::stop_clean,
                                            "its data is copied as a clean stop leaves it"));
      s.container_id = c.old->id;
      for (const auto& guard : in_.guard.guards)
        if (guard.store.service == name) {
          s.store = guard.store.kind;
          s.key = guard.store.place();
          if (is_server(s.store)) break;
        }
      s.after = stopped_;
      for (const auto& other : in_.guard.stores)
        if (stops_before(other, name))
          for (const auto& o : in_.decisions.at(other).containers)
            s.after.push_back(slot(other, o.number) + ":stop-clean");
      stores_stopped_.push_back(s.id);
    }
  }
}

void GuardSteps::exchange(std::vector<Step>& steps) {
  for (const auto& guard : in_.guard.guards) {
    auto& copy = steps.emplace_back(
        step_of(volume_step(guard, "copy"), StepKind::copy_volume, DeploymentState::guarded, ""));
    copy.service = guard.store.service;
    copy.key = guard.store.place();
    copy.source = guard.source;
    copy.name = guard.aside;
    copy.after = stopped_;
    copy.after.insert(copy.after.end(), stores_stopped_.begin(), stores_stopped_.end());
    auto& s = steps.emplace_back(step_of(
        volume_step(guard, "exchange"), StepKind::exchange_volumes, DeploymentState::guarded,
        guard.source == guard.store.place() ? "the copy is migrated, the original is set aside"
                                            : "the data of then serves, today's is set aside"));
    s.service = guard.store.service;
    s.key = guard.store.place();
    s.name = guard.aside;
    s.after = {volume_step(guard, "copy")};
    exchanged_.push_back(s.id);
  }
}

void GuardSteps::enter(std::vector<Step>& steps) {
  for (const auto& name : in_.order) {
    const bool joins = in_.guard.joined.contains(name);
    if (!joins && !fences(name)) continue;
    const auto& d = in_.decisions.at(name);
    if (!has_networks(*d.service)) continue;
    for (const auto& c : d.containers) enter(d, c, joins, steps);
  }
  // What the fenced ones use, but this call did not select, runs on as it is.
  for (const auto& name : in_.guard.joined) {
    if (in_.decisions.contains(name)) continue;
    ServiceDecision d;
    d.service = &in_.project.services.at(name);
    for (const auto& old : in_.world.containers) {
      if (old.label(label::service) != name || generation_name(old.name)) continue;
      ContainerDecision c;
      c.old = &old;
      c.number = container_number(old);
      enter(d, c, true, steps);
    }
  }
}

void GuardSteps::enter(const ServiceDecision& d, const ContainerDecision& c, bool joins,
                       std::vector<Step>& steps) {
  const auto& name = d.service->name;
  const bool there = c.old != nullptr && !is_made(c) && c.action != Action::remove &&
                     c.action != Action::done &&
                     (c.action == Action::start || has_processes(*c.old));
  if (!there && !is_made(c)) return;
  auto s = step_for(
      d, c, "fence", StepKind::fence_container,
      joins ? "the fenced services use it"
            : (d.service->landfast.migrate ? "it migrates the data" : "it reaches the data"));
  s.keeps_networks = joins || d.service->landfast.migrate;
  if (there) s.container_id = c.old->id;
  s.after = {fence_step};
  const auto base = slot(name, c.number);
  if (is_made(c)) s.after.push_back(base + ":create");
  if (there && !joins)
    s.after.push_back(base + (in_.guard.stores.contains(name) ? ":stop-clean" : ":retire"));
  if (joins) s.after.insert(s.after.end(), made_.begin(), made_.end());
  entered_.push_back(s);
  steps.push_back(std::move(s));
}

GuardSteps::Ids GuardSteps::before_start(const std::string& service, int number) const {
  Ids ids;
  if (in_.guard.joined.contains(service)) ids.push_back(slot(service, number) + ":fence");
  if (!fences(service)) return ids;
  ids = exchanged_;
  const auto base = slot(service, number);
  for (const auto* verb : {":fence", ":retire", ":stop-clean"}) ids.push_back(base + verb);
  for (const auto& name : in_.guard.joined)
    for (const auto& step : entered_)
      if (step.service == name) ids.push_back(step.id);
  for (const auto& guard : in_.guard.guards) {
    const auto& store = guard.store.service;
    const auto reaching = reaches(in_.project, guard.store);
    const bool needs = store != service && is_server(guard.store.kind) &&
                       std::find(reaching.begin(), reaching.end(), service) != reaching.end() &&
                       !with_dependencies(in_.project, {store}).contains(service);
    const bool circle = in_.guard.stores.contains(service) && !stands_before(store, service);
    if (!needs || circle) continue;
    const auto d = in_.decisions.find(store);
    if (d == in_.decisions.end()) continue;
    for (const auto& c : d->second.containers) ids.push_back(slot(store, c.number) + ":ready");
  }
  return ids;
}

std::vector<Step> GuardSteps::ends() const {
  std::vector<Step> steps;
  if (in_.guard.empty()) return steps;
  // The fence itself stays: connections that were opened in it go on, instead of hanging for
  // minutes.
  Ids out;
  for (const auto& entered : entered_) {
    auto s = entered;
    s.id = fmt::format("{}:unfence", slot(s.service, s.number));
    s.kind = StepKind::unfence_container;
    s.state = DeploymentState::committed;
    s.cause = "the release is committed";
    s.after.clear();
    out.push_back(s.id);
    steps.push_back(std::move(s));
  }
  std::set<std::string> renewed;
  for (const auto& name : in_.guard.fenced)
    if (const auto d = in_.decisions.find(name); d != in_.decisions.end())
      for (const auto& c : d->second.containers)
        if (c.old != nullptr) renewed.insert(c.old->name);
  for (const auto* old :
       outdated_fences(in_.project.name, in_.history.next_deployment, in_.world, renewed)) {
    auto& s = steps.emplace_back(step_of("network:" + old->name + ":remove", StepKind::remove_fence,
                                         DeploymentState::committed,
                                         "all that was in it has been started in another one"));
    s.name = old->name;
    s.after = out;
  }
  for (const auto& guard : in_.guard.guards)
    for (const auto* old : outdated_asides(in_.project, in_.world, guard)) {
      auto& s = steps.emplace_back(
          step_of(fmt::format("volume:{}:drop", old->name), StepKind::drop_aside,
                  DeploymentState::committed,
                  fmt::format("{} is set aside now; guard.keep is {}", guard.aside,
                              std::max(1, in_.project.landfast.guard.keep))));
      s.key = guard.store.place();
      s.name = old->name;
      s.after = out;
      out = {s.id};
    }
  return steps;
}

}  // namespace landfast
