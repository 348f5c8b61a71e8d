// SPDX-License-Identifier: Apache-2.0
#include "plan/edge_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/driven_nginx.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

constexpr const char* network_step = "edge:network";

Step step_of(std::string id, StepKind kind, DeploymentState state, std::string name,
             std::string cause) {
  Step s;
  s.id = std::move(id);
  s.kind = kind;
  s.state = state;
  s.name = std::move(name);
  s.cause = std::move(cause);
  return s;
}

std::string edge_step(const std::string& edge, std::string_view verb) {
  return fmt::format("{}:{}", edge, verb);
}

std::string member_step(const EdgeMember& m, std::string_view verb) {
  return fmt::format("{}/{}:{}", m.service, m.number, verb);
}

/// Files are served whatever becomes of containers.
bool may_be_held(const SlotMove& move) { return move.serves && move.folder.empty(); }

/// The engine publishes a container's ports by the first of its networks that is not internal, in
/// the order of their names: joining one before the present one moves them.
bool moves_ports(const std::string& network, const std::string& present) {
  return network < present;
}

std::string why_made(const RouteTable& table, const EdgeState* state) {
  if (table.empty()) return "it serves nothing any more";
  if (is_nginx_edge(table.edge)) return "your nginx joins the network of the services";
  if (state == nullptr || !state->container) return "there is none";
  for (const auto& name : proxy_networks(table))
    if (!state->container->networks.contains(name))
      return fmt::format("your proxy is in the network {}{}", name,
                         moves_ports(name, table.edge) ? "; it refuses connections meanwhile" : "");
  for (const auto& name : former_proxy_networks(*state->container, table))
    return fmt::format("it leaves the network {}", name);
  if (names_taken(*state->container, table.edge) != table.taken_names())
    return "the names that tunnels ask it by change";
  return "it does not run, or publishes other ports";
}

std::string names_text(const RouteTable& table) {
  std::vector<std::string> texts;
  for (const auto& [network, names] : table.taken_names())
    texts.push_back(fmt::format("{} in {}", join(names, ", "), network));
  return fmt::format("it answers to {}", join(texts, ", "));
}

}  // namespace

bool EdgeSteps::is_fenced(const std::string& service) const {
  return in_.guard.fenced.contains(service);
}

bool EdgeSteps::stops_first(const std::string& service) const {
  return is_fenced(service) || in_.replacement.stop_first.contains(service) ||
         std::ranges::any_of(in_.edges.moves_of(service), &SlotMove::pauses);
}

/// It serves, and will not serve for a while.
bool EdgeSteps::is_held(const std::string& service) const {
  return stops_first(service) && std::ranges::any_of(in_.edges.moves_of(service), may_be_held);
}

std::vector<Step> EdgeSteps::preparations(const Ids& after) const {
  std::vector<Step> steps;
  const auto& edges = in_.edges;
  if (edges.makes_network) {
    auto& s = steps.emplace_back(step_of(network_step, StepKind::create_edge_network,
                                         DeploymentState::prepared, edge_network(in_.project.name),
                                         "there is none"));
    s.after = after;
  }
  for (const auto& m : edges.joins) {
    auto& s = steps.emplace_back(step_of(member_step(m, "join-edge"), StepKind::join_edge,
                                         DeploymentState::rolling, edge_network(in_.project.name),
                                         "an edge serves it"));
    s.service = m.service;
    s.number = m.number;
    s.container_id = m.container_id;
    s.key = m.alias;
    s.after = {network_step};
  }
  for (const auto& [service, moves] : edges.moves)
    for (const auto& m : moves) {
      if (m.folder.empty()) continue;
      auto& s =
          steps.emplace_back(step_for(m, "files", StepKind::add_site, "its edge serves them"));
      s.state = DeploymentState::prepared;
      s.folder = m.folder;
      s.source = m.image;
      s.after = after;
    }
  for (const auto& edge : edges.applies) {
    auto& s = steps.emplace_back(step_of(edge_step(edge, "apply"), StepKind::apply_routes,
                                         DeploymentState::rolling, edge, "its routes change"));
    s.keeps_routes = !in_.options.leave;
    s.after = after;
    if (!in_.edges.during.at(edge).taken_names().empty())  // their addresses are in the table
      for (const auto& [key, network] : in_.project.networks) s.after.push_back("network:" + key);
  }
  for (const auto& edge : edges.makes) make(edge, steps);
  return steps;
}

void EdgeSteps::make(const std::string& edge, std::vector<Step>& steps) const {
  const auto& table = in_.edges.during.at(edge);
  const auto state = in_.world.edges.find(edge);
  auto& s = steps.emplace_back(
      step_of(edge_step(edge, "make"), StepKind::make_edge, DeploymentState::rolling, edge,
              why_made(table, state == in_.world.edges.end() ? nullptr : &state->second)));
  s.after = {network_step, edge_step(edge, "apply")};
  for (const auto& [service, d] : in_.decisions)
    for (const auto& c : d.containers)
      if (c.old != nullptr && in_.edges.port_holders.contains(c.old->id))
        s.after.push_back(fmt::format("{}/{}:retire", service, c.number));
  take_names(edge, steps);
}

/// Behind a tunnel: only once all of them serve does the edge answer to the names of services.
void EdgeSteps::take_names(const std::string& edge, std::vector<Step>& steps) const {
  const auto& table = in_.edges.during.at(edge);
  if (table.taken_names().empty()) return;
  auto s = step_of(edge_step(edge, "names"), StepKind::make_edge, DeploymentState::rolling, edge,
                   names_text(table));
  s.after = {edge_step(edge, "make")};
  for (const auto& [service, moves] : in_.edges.moves)
    for (const auto& m : moves) {
      if (m.edge == edge) s.after.push_back(m.prefix + ":switch");
      if (m.edge == edge && is_fenced(service)) s.state = DeploymentState::committed;
    }
  steps.push_back(std::move(s));
}

/// The names that the edge answers to before an old container of the service stops; "" for none.
std::string EdgeSteps::names_before_stop(const std::string& service) const {
  for (const auto& [edge, part] : in_.edges.parts)
    for (const auto& r : part.routes) {
      const auto* target = part.target(r.target);
      if (!r.tunnel || target == nullptr || target->service != service) continue;
      const bool fenced =
          std::ranges::any_of(part.targets, [&](const auto& t) { return is_fenced(t.service); });
      return fenced ? std::string() : edge_step(edge, "names");
    }
  return {};
}

Step EdgeSteps::step_for(const SlotMove& move, std::string_view verb, StepKind kind,
                         std::string cause) const {
  auto s = step_of(fmt::format("{}:{}", move.prefix, verb), kind, DeploymentState::rolling,
                   move.edge, std::move(cause));
  s.service = move.service;
  s.key = move.target;
  s.source = move.prefix;
  const auto& service = in_.project.services.at(move.service);
  s.limit = service.landfast.drain.value_or(default_drain);
  return s;
}

std::vector<Step> EdgeSteps::holds(const std::string& service, const Ids& after) const {
  std::vector<Step> steps;
  if (!is_held(service)) return steps;
  for (const auto& m : in_.edges.moves_of(service)) {
    if (!may_be_held(m)) continue;
    auto hold = step_for(m, "hold", StepKind::hold_slot,
                         is_fenced(service) ? "the data that it reaches is guarded"
                         : m.pauses         ? "it restarts with what it depends on"
                                            : "its old container stops first");
    hold.after = after;
    hold.after.push_back(edge_step(m.edge, "apply"));
    auto drain = step_for(m, "drain", StepKind::drain_slot, "");
    drain.after = {hold.id};
    steps.push_back(std::move(hold));
    steps.push_back(std::move(drain));
  }
  return steps;
}

Step EdgeSteps::probe_for(const SlotMove& move) const {
  auto probe = step_for(move, "probe", StepKind::probe_slot, "");
  probe.addresses = {move.path};
  return probe;
}

std::vector<Step> EdgeSteps::moves(const std::string& service, const Ids& ready) const {
  std::vector<Step> steps;
  Ids probes, switches;
  const auto& moves = in_.edges.moves_of(service);
  const bool fenced = is_fenced(service);
  for (const auto& m : moves) {
    auto point = step_for(m, "point", StepKind::point_slot, "");
    point.addresses = m.addresses;
    point.folder = m.folder;
    point.after = ready;
    point.after.push_back(m.prefix + ":files");
    point.after.push_back(edge_step(m.edge, "apply"));
    point.after.push_back(m.prefix + ":hold");
    for (const auto& member : in_.edges.joins)
      if (member.service == service) point.after.push_back(member_step(member, "join-edge"));
    auto probe = probe_for(m);
    probe.after = {point.id, edge_step(m.edge, "make")};
    probes.push_back(probe.id);
    steps.push_back(std::move(point));
    if (!fenced) steps.push_back(std::move(probe));
  }
  if (fenced) return steps;
  for (const auto& m : moves) {
    auto s = step_for(m, "switch", StepKind::switch_slot, "");
    s.after = probes;
    switches.push_back(s.id);
    steps.push_back(std::move(s));
  }
  for (const auto& m : moves) {
    if (!may_be_held(m) || is_held(service)) continue;
    auto s = step_for(m, "drain", StepKind::drain_slot, "");
    s.addresses = m.addresses;
    s.after = switches;
    steps.push_back(std::move(s));
  }
  return steps;
}

std::vector<Step> EdgeSteps::ends() const {
  std::vector<Step> steps;
  for (const auto& [service, moves] : in_.edges.moves) {
    if (!is_fenced(service)) continue;
    for (const auto& m : moves) {
      auto probe = probe_for(m);
      probe.state = DeploymentState::committed;
      for (const auto& c : in_.decisions.at(service).containers)
        probe.after.push_back(fmt::format("{}/{}:unfence", service, c.number));
      auto s = step_for(m, "switch", StepKind::switch_slot, "the release is committed");
      s.state = DeploymentState::committed;
      s.after = {probe.id};
      steps.push_back(std::move(probe));
      steps.push_back(std::move(s));
    }
  }
  for (const auto& edge : in_.edges.trims) {
    auto& s = steps.emplace_back(step_of(edge_step(edge, "trim"), StepKind::apply_routes,
                                         DeploymentState::committed, edge,
                                         "routes that the file has no more"));
    auto made = step_of(edge_step(edge, "trim-make"), StepKind::make_edge,
                        DeploymentState::committed, edge, "what it publishes follows its routes");
    made.after = {s.id};
    steps.push_back(std::move(made));
  }
  for (const auto& m : in_.edges.leaves) {
    auto& s = steps.emplace_back(step_of(member_step(m, "leave-edge"), StepKind::leave_edge,
                                         DeploymentState::committed, edge_network(in_.project.name),
                                         "no edge serves it"));
    s.service = m.service;
    s.number = m.number;
    s.container_id = m.container_id;
  }
  if (!in_.edges.drops_network) return steps;
  auto last =
      step_of("edge:network:remove", StepKind::remove_edge_network, DeploymentState::committed,
              edge_network(in_.project.name), "no edge serves the stack");
  for (const auto& s : steps) last.after.push_back(s.id);
  // The engine takes nothing out of a network that it is removing.
  for (const auto& [service, d] : in_.decisions)
    for (const auto& c : d.containers)
      if (c.old != nullptr) last.after.push_back(fmt::format("{}/{}:remove", service, c.number));
  steps.push_back(std::move(last));
  return steps;
}

EdgeSteps::Ids EdgeSteps::before_stop(const std::string& service,
                                      const std::string& container) const {
  Ids ids;
  const bool beside = !stops_first(service);
  for (const auto& m : in_.edges.moves_of(service)) {
    if (in_.edges.port_holders.contains(container) && !m.serves) continue;
    ids.push_back(m.prefix + ":drain");
    if (beside) ids.push_back(m.prefix + ":switch");
  }
  if (beside && !in_.edges.port_holders.contains(container))
    if (auto names = names_before_stop(service); !names.empty()) ids.push_back(std::move(names));
  return ids;
}

EdgeSteps::Ids EdgeSteps::before_promote(const std::string& service) const {
  Ids ids;
  if (stops_first(service)) return ids;
  for (const auto& m : in_.edges.moves_of(service)) ids.push_back(m.prefix + ":switch");
  return ids;
}

EdgeSteps::Ids EdgeSteps::before_create(const std::string& service) const {
  if (!is_behind_edge(in_.project, in_.project.services.at(service))) return {};
  Ids ids{network_step};
  for (const auto& m : in_.edges.moves_of(service)) ids.push_back(m.prefix + ":files");
  return ids;
}

EdgeSteps::Ids EdgeSteps::before_start() const {
  Ids ids;
  if (!in_.options.leave) return ids;
  for (const auto& edge : in_.edges.makes) ids.push_back(edge_step(edge, "make"));
  return ids;
}

}  // namespace landfast
