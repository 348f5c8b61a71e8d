// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "model/driven_nginx.h"
#include "plan/capabilities.h"
#include "plan/content_digest.h"
#include "plan/decide.h"
#include "plan/deploy_steps.h"
#include "plan/drift.h"
#include "plan/edge_body.h"
#include "plan/edge_plan.h"
#include "plan/names.h"
#include "plan/order.h"
#include "plan/plan.h"
#include "plan/preconditions.h"
#include "plan/reasons.h"
#include "plan/tunnel.h"
#include "plan/tunnel_text.h"

namespace landfast {
namespace {

Result<std::set<std::string>> selection(const Project& project, const DeployOptions& options) {
  std::set<std::string> names(options.services.begin(), options.services.end());
  std::vector<std::string> known;
  for (const auto& [name, service] : project.services) known.push_back(name);
  for (const auto& name : names) {
    if (project.services.contains(name)) continue;
    const auto near = nearest(name, known);
    return fail(Code::invalid, fmt::format("there is no service {}", in_quotes(name)),
                near ? fmt::format("did you mean {}?", *near)
                     : fmt::format("services here: {}", join(known, ", ")));
  }
  if (names.empty()) names.insert(known.begin(), known.end());
  return options.no_deps ? names : with_dependencies(project, names);
}

ServiceChange change_of(const ServiceDecision& d) {
  const bool idle =
      std::any_of(d.containers.begin(), d.containers.end(), [](const auto& c) { return c.idle; });
  if (d.one_shot && d.renews() && !idle) return ServiceChange::runs;
  if (d.has(Action::replace)) return ServiceChange::replaced;
  if (d.has(Action::create)) return ServiceChange::created;
  if (d.has(Action::start)) return ServiceChange::started;
  if (d.has(Action::await)) return ServiceChange::runs;
  if (d.has(Action::policy)) return ServiceChange::policy;
  if (d.has(Action::remove)) return ServiceChange::removed;
  return d.has(Action::done) ? ServiceChange::done : ServiceChange::unchanged;
}

/// One that an edge carries: its requests wait instead of failing; the edge itself cannot begin
/// before its port is free.
std::optional<std::string> gap_of_edge(const DeployInput& in, const ServiceDecision& d) {
  const auto& name = d.service->name;
  for (const auto& c : d.containers)
    if (c.old != nullptr && in.edges.port_holders.contains(c.old->id))
      return "a gap of some seconds, once: its port goes from its container to the edge";
  for (const auto& c : d.containers)
    if (c.action == Action::replace && !in.replacement.stop_first.contains(name))
      for (const auto& cause : names_that_move(in.project, *d.service, *c.old))
        return fmt::format("once, requests in flight to the old one may fail: {}", cause);
  const auto why = in.replacement.stop_first.find(name);
  const auto& moves = in.edges.moves_of(name);
  const bool serves =
      std::any_of(moves.begin(), moves.end(), [](const auto& m) { return m.serves; });
  if (!serves || why == in.replacement.stop_first.end()) return std::nullopt;
  if (std::any_of(moves.begin(), moves.end(), [](const auto& m) { return is_nginx_edge(m.edge); }))
    return fmt::format("a gap, in which nginx answers 503: {}", why->second);
  return fmt::format(
      "no gap: requests wait at the edge, at most {}, until the new one is ready: {}",
      go_duration(d.service->landfast.hold.value_or(default_hold)), why->second);
}

/// Stop-first is the rule where no edge carries the traffic: the gap is a stop and a start.
std::optional<std::string> expected_gap(const DeployInput& in, const ServiceDecision& d) {
  const bool stops = std::any_of(d.containers.begin(), d.containers.end(), [](const auto& c) {
    return c.action == Action::replace && !c.idle;
  });
  const auto why = in.replacement.stop_first.find(d.service->name);
  if (d.one_shot || !stops) return std::nullopt;
  if (auto gap = gap_of_edge(in, d)) return gap;
  if (why == in.replacement.stop_first.end()) return std::nullopt;
  const auto grace = d.service->stop_grace_period.value_or(std::chrono::seconds(10));
  return fmt::format("a gap from the old one's stop (at most {}) until the new one is ready: {}",
                     go_duration(grace), why->second);
}

std::vector<ServicePlan> service_plans(const DeployInput& in, const std::vector<Step>& steps) {
  std::vector<ServicePlan> plans;
  for (const auto& name : in.order) {
    const auto& d = in.decisions.at(name);
    ServicePlan p;
    p.service = name;
    p.change = change_of(d);
    p.one_shot = d.one_shot;
    p.new_image = d.service->image;
    p.gap = expected_gap(in, d);
    p.served = served_addresses(in.project, *d.service, in.edges.parts);
    if (d.has(Action::replace) && !d.one_shot) p.peers = peers_of(in.project, name, in.decisions);
    for (const auto& c : d.containers) {
      if (c.old != nullptr && p.old_image.empty()) p.old_image = c.old->image_ref;
      p.drift.insert(p.drift.end(), c.drift.begin(), c.drift.end());
      for (const auto& cause : c.causes)
        if (std::find(p.causes.begin(), p.causes.end(), cause) == p.causes.end())
          p.causes.push_back(cause);
    }
    const bool restarted = std::any_of(steps.begin(), steps.end(), [&](const Step& s) {
      return s.service == name && s.kind == StepKind::restart_container;
    });
    const bool fenced = std::any_of(steps.begin(), steps.end(), [&](const Step& s) {
      return s.service == name && s.kind == StepKind::start_container && !s.container_id.empty();
    });
    const bool stays = p.change == ServiceChange::unchanged || p.change == ServiceChange::policy;
    if ((restarted || fenced) && stays) p.change = ServiceChange::restarted;
    if (fenced && stays)
      p.causes.emplace_back(in.guard.stores.contains(name) ? "its data is guarded"
                                                           : "the data that it reaches is guarded");
    plans.push_back(std::move(p));
  }
  return plans;
}

std::vector<std::string> notes(const DeployInput& in) {
  std::vector<std::string> notes = in.guard.notes;
  for (const auto& w : in.project.warnings) notes.push_back(w.text);
  for (auto& note : tunnel_notes(in.project)) notes.push_back(std::move(note));
  notes.insert(notes.end(), in.replacement.notes.begin(), in.replacement.notes.end());
  for (auto& note : neighbour_notes(in.world)) notes.push_back(std::move(note));
  for (auto& note : edge_image_notes(in.world, in.project.name)) notes.push_back(std::move(note));
  if (in.edges.parts.contains(nginx_edge(in.project.name)) && !in.edges.moves.empty())
    notes.emplace_back(
        "edge: nginx is the degraded way: some keep-alive requests may break per switch, and "
        "requests are not held but answered with 503");
  for (const auto& w : what_engine_cannot(in.project, in.world.engine)) {
    auto line = fmt::format("{}: {}", w.path, w.text);
    if (std::find(notes.begin(), notes.end(), line) == notes.end())
      notes.push_back(std::move(line));
  }
  if (!in.options.remove_orphans)
    for (const auto* c : orphans(in.project, in.world))
      notes.push_back(
          fmt::format("{} is an orphan: the file has no service {}; it stays "
                      "(--remove-orphans removes it)",
                      c->name, c->label(label::service)));
  for (const auto& [name, d] : in.decisions)
    for (const auto& c : d.containers)
      if (c.action == Action::keep && c.old != nullptr && c.old->health == HealthStatus::unhealthy)
        notes.push_back(
            fmt::format("{} runs but is unhealthy, and nothing here changes it", c.old->name));
  for (const auto& [name, d] : in.decisions)
    for (const auto& c : d.containers)
      if (!c.differs.empty())
        notes.push_back(
            fmt::format("{} is not what its file says, and leaving does not change it: {}",
                        c.old->name, join(c.differs, ", ")));
  return notes;
}

std::vector<std::string> risks(const DeployInput& in) {
  std::vector<std::string> risks = in.guard.risks;
  if (in.options.remove_orphans)
    for (const auto* c : orphans(in.project, in.world))
      risks.push_back(fmt::format("removes the container {} (orphan)", c->name));
  for (const auto& name : in.options.new_volumes)
    risks.push_back(fmt::format("begins with an empty volume {}", name));
  return risks;
}

/// The names of new generations carry the deployment's number, which changes with every deployment
/// of any stack.
std::string without_number(const std::string& name) {
  const auto generation = generation_name(name);
  return generation ? generation->serving : name;
}

/// Digests, steps and the ids that they touch; not sizes, rates, times or numbers.
std::string plan_hash(const DeployInput& in, const std::vector<Step>& steps) {
  std::string text = in.project.name + '\n';
  for (const auto& name : in.order) {
    const auto& service = in.project.services.at(name);
    text += fmt::format("{} {} {}\n", name, service_config_hash(service, {}),
                        content_digest(in.project, service));
  }
  for (const auto& [edge, part] : in.edges.parts)
    text += fmt::format("{} {}\n", edge, revision_of(part));
  for (const auto& s : steps)
    text += fmt::format("{} {} {} {} {}\n", s.id, to_string(s.kind), without_number(s.name),
                        s.container_id, fmt::join(s.after, ","));
  return sha256_hex(text);
}

/// What is fenced serves nobody beside the old one.
void stop_fenced_first(const GuardPlan& guard, const Decisions& decisions,
                       ReplacementOrder& order) {
  for (const auto& name : guard.fenced) {
    const auto d = decisions.find(name);
    if (d == decisions.end() || d->second.one_shot || !d->second.has(Action::replace)) continue;
    order.beside.erase(name);
    order.stop_first[name] = "the data that it reaches is guarded";
  }
}

/// With the data that this plan brings back, what migrated it since then counts no longer.
Result<Decisions> decide_with_data(const Project& project, const World& world,
                                   const History& history, const DeployOptions& options,
                                   const std::vector<std::string>& order) {
  const auto before = options.data_of ? returns_to(project, world, *options.data_of) : 0;
  if (before == 0) return decide(project, world, history, options, order);
  auto then = history;
  then.returns.insert(then.returns.begin(), {history.next_deployment, before});
  return decide(project, world, then, options, order);
}

}  // namespace

Result<DataAtStake> data_at_stake(const Project& project, const World& world,
                                  const History& history, const DeployOptions& options) {
  if (options.leave || world.stores.empty()) return DataAtStake{};
  TRY(const auto selected, selection(project, options));
  TRY(const auto order, dependency_order(project, selected));
  TRY(const auto decisions, decide_with_data(project, world, history, options, order));
  return data_at_stake(project, world, history, decisions, options.data_of);
}

Result<Plan> plan_deploy(const Project& project, const World& world, const History& history,
                         const DeployOptions& options) {
  TRY(const auto selected, selection(project, options));
  TRY(auto order, dependency_order(project, selected));
  TRY(auto decisions, decide_with_data(project, world, history, options, order));
  GuardPlan guard;
  if (!options.leave) {
    TRY(guard, plan_guards(project, world, history, decisions, options.data_of));
    add_fenced(project, world, guard, decisions, order);
  }
  auto replacement = replacement_order(project, world, decisions);
  stop_fenced_first(guard, decisions, replacement);
  TRY(const auto edges, plan_edges(project, world, history, decisions, guard.fenced, options));
  const DeployInput input{project,   world,       history, options, order,
                          decisions, replacement, guard,   edges};
  TRY_VOID(check_preconditions(input));
  Plan plan;
  plan.stack = project.name;
  plan.deployment = history.next_deployment;
  if (history.current) plan.current_release = history.current->number;
  plan.first_deployment = history.is_at_first_deployment();
  plan.steps = deploy_steps(input, plan.deployment);
  plan.guards = guard.guards;
  plan.data_before = guard.data_before;
  plan.routes = edges.parts;
  plan.services = service_plans(input, plan.steps);
  plan.notes = notes(input);
  plan.risks = risks(input);
  plan.hash = plan_hash(input, plan.steps);
  return plan;
}

}  // namespace landfast
