// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "plan/decide.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/order.h"
#include "plan/plan.h"
#include "plan/stack_routes.h"
#include "plan/verb_slots.h"

namespace landfast {
namespace {

using ByService = std::map<std::string, std::vector<const Container*>>;

/// The containers that a verb means, in the order of dependencies where a file tells it.
Result<std::vector<std::string>> selected(const Project* project, const ByService& all,
                                          const std::vector<std::string>& wanted) {
  std::vector<std::string> known;
  for (const auto& [name, list] : all) known.push_back(name);
  for (const auto& name : wanted) {
    if (all.contains(name)) continue;
    const auto near = nearest(name, known);
    return fail(Code::invalid, fmt::format("no container of a service {} is here", in_quotes(name)),
                near ? fmt::format("did you mean {}?", *near)
                     : fmt::format("services here: {}", join(known, ", ")));
  }
  const auto& names = wanted.empty() ? known : wanted;
  std::set<std::string> rest(names.begin(), names.end());
  std::vector<std::string> ordered;
  if (project != nullptr) {
    std::set<std::string> in_file;
    for (const auto& name : rest)
      if (project->services.contains(name)) in_file.insert(name);
    TRY(ordered, dependency_order(*project, in_file));
    for (const auto& name : ordered) rest.erase(name);
  }
  ordered.insert(ordered.end(), rest.begin(), rest.end());
  return ordered;
}

Step step_for(const Container& c, std::string_view verb, StepKind kind, std::string cause) {
  Step s;
  s.service = c.label(label::service);
  s.number = container_number(c);
  s.id = fmt::format("{}/{}:{}", s.service, s.number, verb);
  s.kind = kind;
  s.name = c.name;
  s.container_id = c.id;
  s.cause = std::move(cause);
  return s;
}

ServicePlan service_plan(const std::string& name, ServiceChange change) {
  ServicePlan p;
  p.service = name;
  p.change = change;
  return p;
}

bool depends_on(const Project* project, const std::string& service, const std::string& on) {
  if (project == nullptr) return false;
  const auto it = project->services.find(service);
  return it != project->services.end() &&
         std::any_of(it->second.depends_on.begin(), it->second.depends_on.end(),
                     [&](const auto& d) { return d.service == on; });
}

/// Adds the steps' order: dependencies first, or last where things are taken down.
void link(const Project* project, Plan& plan, StepKind first, StepKind second, bool reverse) {
  for (auto& a : plan.steps)
    for (const auto& b : plan.steps) {
      if (a.service == b.service || a.kind != first || b.kind != second) continue;
      const bool linked = reverse ? depends_on(project, b.service, a.service)
                                  : depends_on(project, a.service, b.service);
      if (linked) a.after.push_back(b.id);
    }
}

std::string stack_of(const Project* project, const World& world) {
  if (project != nullptr) return project->name;
  return world.containers.empty() ? std::string{} : world.containers.front().label(label::project);
}

/// Ran to its end as it should: a migration, or what another service waits for to succeed. Without
/// the file the labels of the others tell.
bool ran_to_its_end(const Project* project, const World& world, const Container& c) {
  if (c.status != ContainerStatus::exited || c.exit_code != 0) return false;
  const auto service = c.label(label::service);
  if (project != nullptr) {
    const auto it = project->services.find(service);
    if (it != project->services.end()) return is_one_shot(*project, it->second);
  }
  const auto wanted = service + ":service_completed_successfully";
  return std::any_of(world.containers.begin(), world.containers.end(), [&](const auto& other) {
    return ("," + other.label(label::depends_on)).find("," + wanted) != std::string::npos;
  });
}

void remove_networks(const World& world, Plan& plan) {
  const auto containers = plan.steps;
  const auto says = [](const NetworkState& n, const char* key, const std::string& value) {
    const auto it = n.labels.find(key);
    return it != n.labels.end() && it->second == value;
  };
  for (const auto& n : world.networks) {
    const bool fence = says(n, label::role, "fence") && says(n, label::stack, plan.stack);
    if (!fence && !says(n, label::project, plan.stack)) continue;
    Step s;
    s.id = "network:" + n.name;
    s.kind = StepKind::remove_network;
    s.name = n.name;
    s.key = n.id;
    for (const auto& c : containers)
      if (c.kind == StepKind::remove_container) s.after.push_back(c.id);
    plan.steps.push_back(std::move(s));
  }
}

/// The edges that serve the stack serve it no more; the network between them goes last.
void leave_edges(const World& world, Plan& plan) {
  std::vector<std::string> ends;
  for (const auto& s : plan.steps) ends.push_back(s.id);
  for (const auto& [edge, state] : world.edges) {
    if (part_of(state.facts.table, plan.stack).targets.empty()) continue;
    plan.routes[edge].edge = edge;
    Step apply;
    apply.id = edge + ":apply";
    apply.kind = StepKind::apply_routes;
    apply.name = edge;
    auto make = apply;
    make.id = edge + ":make";
    make.kind = StepKind::make_edge;
    make.after = {apply.id};
    ends.push_back(make.id);
    for (auto& s : plan.steps)  // behind a tunnel it is in a network of the stack
      if (s.kind == StepKind::remove_network) s.after.push_back(make.id);
    plan.steps.push_back(std::move(apply));
    plan.steps.push_back(std::move(make));
  }
  const auto network = edge_network(plan.stack);
  if (std::none_of(world.networks.begin(), world.networks.end(),
                   [&](const auto& n) { return n.name == network; }))
    return;
  Step remove;
  remove.id = "network:" + network;
  remove.kind = StepKind::remove_edge_network;
  remove.name = network;
  remove.after = std::move(ends);
  plan.steps.push_back(std::move(remove));
}

}  // namespace

Result<Plan> plan_stop(const Project* project, const World& world, const VerbOptions& options) {
  const auto all = service_containers(world);
  TRY(const auto names, selected(project, all, options.services));
  Plan plan;
  plan.stack = stack_of(project, world);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    auto closing = close_slots(project, world, plan.stack, *name);
    std::vector<std::string> closed;
    for (const auto& s : closing) closed.push_back(s.id);
    for (const auto* c : all.at(*name))
      if (has_processes(*c)) {
        plan.steps.push_back(step_for(*c, "stop", StepKind::stop_container, "asked"));
        plan.steps.back().after = closed;
      }
    std::ranges::move(closing, std::back_inserter(plan.steps));
    plan.services.push_back(service_plan(*name, ServiceChange::stopped));
  }
  link(project, plan, StepKind::stop_container, StepKind::stop_container, true);
  return plan;
}

Result<Plan> plan_start(const Project* project, const World& world, const VerbOptions& options) {
  const auto all = service_containers(world);
  TRY(const auto names, selected(project, all, options.services));
  Plan plan;
  plan.stack = stack_of(project, world);
  for (const auto& name : names) {
    std::vector<std::string> gates;
    for (const auto* c : all.at(name)) {
      const bool done = ran_to_its_end(project, world, *c);
      const bool running = has_processes(*c) && c->status != ContainerStatus::paused;
      if (running || (done && options.services.empty())) continue;
      plan.steps.push_back(step_for(*c, "start", StepKind::start_container, "asked"));
      auto ready = step_for(*c, "ready", StepKind::await_ready, "");
      ready.after = {plan.steps.back().id};
      gates.push_back(ready.id);
      plan.steps.push_back(std::move(ready));
    }
    std::ranges::move(open_slots(world, plan.stack, name, gates), std::back_inserter(plan.steps));
    plan.services.push_back(service_plan(name, ServiceChange::started));
  }
  link(project, plan, StepKind::start_container, StepKind::await_ready, false);
  return plan;
}

Result<Plan> plan_restart(const Project* project, const World& world, const VerbOptions& options) {
  const auto all = service_containers(world);
  TRY(const auto names, selected(project, all, options.services));
  Plan plan;
  plan.stack = stack_of(project, world);
  for (const auto& name : names) {
    for (const auto* c : all.at(name)) {
      if (!has_processes(*c) && options.services.empty()) continue;
      plan.steps.push_back(step_for(*c, "restart", StepKind::restart_container, "asked"));
      auto ready = step_for(*c, "ready", StepKind::await_ready, "");
      ready.after = {plan.steps.back().id};
      plan.steps.push_back(std::move(ready));
    }
    plan.services.push_back(service_plan(name, ServiceChange::restarted));
  }
  link(project, plan, StepKind::restart_container, StepKind::await_ready, false);
  return plan;
}

Result<Plan> plan_down(const Project* project, const World& world, const VerbOptions& options) {
  Plan plan;
  plan.stack = stack_of(project, world);
  std::vector<const Container*> going;
  bool stays = false;
  for (const auto& c : world.containers) {
    const auto service = c.label(label::service);
    const bool known = project == nullptr || project->services.contains(service) ||
                       project->disabled.contains(service) || c.label(label::one_off) == "True" ||
                       generation_name(c.name);
    if (known || options.remove_orphans) {
      going.push_back(&c);
    } else {
      stays = true;
      plan.notes.push_back(
          fmt::format("{} is an orphan and stays (--remove-orphans removes it)", c.name));
    }
  }
  for (const auto* c : going) {
    if (has_processes(*c))
      plan.steps.push_back(step_for(*c, "stop:" + c->name, StepKind::stop_container, ""));
    auto remove = step_for(*c, "remove:" + c->name, StepKind::remove_container, "");
    if (has_processes(*c)) remove.after = {plan.steps.back().id};
    plan.steps.push_back(std::move(remove));
  }
  link(project, plan, StepKind::stop_container, StepKind::stop_container, true);
  if (!stays) remove_networks(world, plan);
  if (!stays) leave_edges(world, plan);
  for (const auto& [name, list] : service_containers(world))
    plan.services.push_back(service_plan(name, ServiceChange::removed));
  for (const auto& v : world.volumes)
    if (const auto it = v.labels.find(label::project);
        it != v.labels.end() && it->second == plan.stack)
      plan.notes.push_back(fmt::format("the volume {} stays", v.name));
  return plan;
}

}  // namespace landfast
