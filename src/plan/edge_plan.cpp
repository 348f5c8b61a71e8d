// SPDX-License-Identifier: Apache-2.0
#include "plan/edge_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/driven_nginx.h"
#include "plan/create_body.h"
#include "plan/edge_body.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/stack_routes.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

bool is_new(const ContainerDecision& c) {
  return c.action == Action::create || c.action == Action::replace;
}

bool stays(const ContainerDecision& c) {
  return c.old != nullptr && !is_new(c) && c.action != Action::remove && c.action != Action::done;
}

/// Who holds which ports that an edge needs.
using HeldPorts = std::map<std::string, std::set<std::uint16_t>>;

bool is_for_all(const std::string& ip) { return ip.empty() || ip == "0.0.0.0" || ip == "::"; }

bool may_clash(const std::string& a, const std::string& b) {
  return is_for_all(a) || is_for_all(b) || a == b;
}

/// The proxy that a holder seems to be, as `export` calls it.
std::string_view proxy_name(const std::string& holder) {
  for (const std::string_view name : {"caddy", "traefik"})
    if (holder.find(name) != std::string::npos) return name;
  return "nginx";
}

std::string way_out(const RouteTable& table, const HeldPorts& held) {
  const auto& [holder, ports] = *held.begin();
  const bool is_web = ports.contains(80) || ports.contains(443);
  if (table.edge != shared_edge) return "end what holds it, or route another port";
  if (!is_web) return "end what holds it: every edge by host listens on 127.0.0.1:8480";
  return fmt::format(
      "leave 80 and 443 to it: with x-landfast: {{edge: behind}} the edge listens on "
      "127.0.0.1:8480 "
      "only, and landfast export {} prints the block that leads there",
      proxy_name(holder));
}

Error taken(const RouteTable& table, const HeldPorts& held) {
  std::vector<std::string> parts;
  for (const auto& [holder, ports] : held)
    parts.push_back(fmt::format("port{} {} {} held by {}", ports.size() == 1 ? "" : "s",
                                fmt::join(ports, " and "), ports.size() == 1 ? "is" : "are",
                                holder));
  Error e;
  e.code = Code::invalid;
  e.text = fmt::format("the edge {} cannot listen: {}", table.edge, fmt::join(parts, ", "));
  e.path = "x-landfast.edge";
  e.hint = way_out(table, held);
  return e;
}

std::string_view kind_of(const std::string& edge) {
  if (is_nginx_edge(edge)) return "nginx";
  return edge == shared_edge ? "edge" : "port";
}

struct Planner {
  const Project& project;
  const World& world;
  const History& history;
  const Decisions& decisions;
  const std::set<std::string>& fenced;
  const DeployOptions& options;
  EdgePlan plan{};

  [[nodiscard]] const EdgeState* state_of(const std::string& edge) const {
    const auto it = world.edges.find(edge);
    return it == world.edges.end() ? nullptr : &it->second;
  }
  [[nodiscard]] RouteTable table_of(const std::string& edge) const {
    const auto* state = state_of(edge);
    RouteTable nothing;
    nothing.edge = edge;
    return state == nullptr ? nothing : state->facts.table;
  }

  Result<EdgePlan> run() {
    if (!options.leave) {
      TRY(plan.parts, stack_routes(project, world.images));
      TRY_VOID(check_proxy_network());
      for (auto& [edge, part] : plan.parts)
        part = with_tunnel_sources(std::move(part), world.networks);
    }
    for (const auto& [edge, state] : world.edges) keep_and_clear(edge, state.facts.table);
    for (const auto& [edge, part] : plan.parts) TRY_VOID(tables(edge, part));
    const auto name = edge_network(project.name);
    const bool has_network =
        std::ranges::any_of(world.networks, [&](const auto& n) { return n.name == name; });
    const bool routed =
        std::ranges::any_of(plan.parts, [](const auto& p) { return !p.second.empty(); });
    plan.makes_network = routed && !has_network;
    plan.drops_network = options.leave && has_network;
    for (const auto& [service, d] : decisions) members(d);
    for (const auto& [edge, part] : plan.parts)
      for (const auto& target : part.targets) move(edge, part, target);
    return std::move(plan);
  }

  /// The network of the proxy is there, and is one in which containers have names.
  [[nodiscard]] Status check_proxy_network() const {
    const auto& name = project.landfast.edge_behind;
    if (name.empty() || !plan.parts.contains(shared_edge)) return {};
    const auto known = std::ranges::find(world.networks, name, &NetworkState::name);
    const bool is_there = known != world.networks.end();
    if (is_there && name != "bridge" && known->driver != "host" && known->driver != "null")
      return {};
    Error e;
    e.code = Code::invalid;
    e.text = is_there ? fmt::format("the network {} gives its containers no names", name)
                      : fmt::format("the network {}, where your proxy is, does not exist", name);
    e.path = "x-landfast.edge.behind";
    e.mark = project.landfast.edge_mark;
    e.hint = is_there ? "put your proxy in a network of its own: docker network create"
                      : "start the proxy's stack first; docker network ls shows what there is";
    return fail(std::move(e));
  }

  /// Routes of services that this call's profiles leave out stay; those that the file has no more
  /// go.
  void keep_and_clear(const std::string& edge, const RouteTable& now) {
    const auto mine = part_of(now, project.name);
    if (mine.targets.empty()) return;
    auto& part = plan.parts[edge];
    part.edge = edge;
    if (options.leave) return;
    auto kept = mine;
    std::erase_if(kept.targets,
                  [&](const auto& t) { return !project.disabled.contains(t.service); });
    std::erase_if(kept.routes, [&](const auto& r) { return kept.target(r.target) == nullptr; });
    if (kept.targets.empty()) return;
    part.targets.insert(part.targets.end(), kept.targets.begin(), kept.targets.end());
    part.routes.insert(part.routes.end(), kept.routes.begin(), kept.routes.end());
    part.settings.merge(kept.settings);
    part = part_of(part, project.name);
  }

  Status tables(const std::string& edge, const RouteTable& part) {
    const auto now = table_of(edge);
    const auto after = with_stack(now, project.name, part);
    TRY_VOID(check_clashes(after));
    const auto during = options.leave ? after : with_stale(now, project.name, part);
    const auto* state = state_of(edge);
    const auto recorded = state == nullptr ? std::string() : state->facts.recorded;
    const bool answers_other =
        state != nullptr && state->facts.running && state->facts.revision != state->facts.recorded;
    if (revision_of(during) != recorded || answers_other) plan.applies.insert(edge);
    if (revision_of(during) != revision_of(after)) plan.trims.insert(edge);
    // A nginx that the stack is about to give up need not run.
    const bool given_up = is_nginx_edge(edge) && part.empty() && !during.empty();
    if (!given_up && !is_made(during, state)) plan.makes.insert(edge);
    plan.during[edge] = during;
    if (plan.makes.contains(edge) && !during.empty()) TRY_VOID(can_be_made(during, state));
    return {};
  }

  [[nodiscard]] bool is_made(const RouteTable& during, const EdgeState* state) const {
    if (during.empty())
      return state == nullptr || !state->container ||
             (is_nginx_edge(during.edge) && table_of(during.edge).empty());
    return state != nullptr && state->container && runs(*state->container) &&
           state->facts.running &&
           is_as_made(*state->container, during, state->facts.folder, world.networks);
  }

  /// The user's nginx is there, runs, and can join the network of the stack.
  Status nginx_can_join(const EdgeState* state) const {
    const auto named = project.landfast.edge_nginx.container;
    const auto* c = state == nullptr || !state->container ? nullptr : &*state->container;
    Error e;
    e.code = Code::invalid;
    e.path = "x-landfast.edge.nginx";
    e.mark = project.landfast.edge_mark;
    if (c == nullptr) {
      e.text = fmt::format("there is no container {}", named);
      e.hint = "start your nginx first; docker ps shows its name";
    } else if (!runs(*c)) {
      e.text = fmt::format("the nginx {} does not run", named);
      e.hint = fmt::format("docker start {}", named);
    } else if (c->label(label::project) == project.name) {
      e.text = fmt::format("{} belongs to this stack", named);
      e.hint = "name a nginx that stays when the stack is deployed, or use Landfast's own edge";
    } else if (c->networks.contains("host") || c->networks.contains("none")) {
      e.text =
          fmt::format("{} cannot join the stack's network: it uses the host's, or none", named);
      e.hint = "use edge: behind, and landfast export nginx";
    } else {
      return {};
    }
    return fail(std::move(e));
  }

  Status can_be_made(const RouteTable& during, const EdgeState* state) {
    if (is_nginx_edge(during.edge)) return nginx_can_join(state);
    const bool has_one = state != nullptr && state->container;  // then its image stays
    if (!world.has_edge_image && !has_one)
      return fail(Code::invalid,
                  fmt::format("the edge's image {} is not on this engine", edge_image),
                  "landfast edge image makes it");
    HeldPorts in_the_way;
    for (const auto& port : edge_ports(during))
      for (const auto& held : world.ports) {
        if (held.port != port.port || held.protocol != port.protocol ||
            !may_clash(held.host_ip, port.host_ip))
          continue;
        const bool own =
            state != nullptr && state->container && held.container_id == state->container->id;
        if (!own && !makes_way(held, port)) in_the_way[held.holder].insert(held.port);
      }
    if (in_the_way.empty()) return {};
    return fail(taken(during, in_the_way));
  }

  /// Held by a container that this deploy stops.
  bool makes_way(const PortHolder& held, const EdgePort& port) {
    for (const auto& [name, d] : decisions)
      for (const auto& c : d.containers)
        if (c.old != nullptr && c.old->id == held.container_id &&
            (c.action == Action::replace || c.action == Action::remove) &&
            published_tcp_ports(*c.old).contains(std::to_string(port.port))) {
          plan.port_holders.insert(c.old->id);
          return true;
        }
    return false;
  }

  [[nodiscard]] bool is_routed(const std::string& service) const {
    return std::ranges::any_of(plan.parts, [&](const auto& p) {
      return std::ranges::any_of(p.second.targets,
                                 [&](const auto& t) { return t.service == service; });
    });
  }

  void members(const ServiceDecision& d) {
    const auto& name = d.service->name;
    for (const auto& c : d.containers) {
      if (!stays(c)) continue;
      const auto alias = alias_on_edge(*c.old, project.name);
      EdgeMember m{name, container_name(project, *d.service, c.number), c.old->id,
                   alias.value_or(edge_alias(history.next_deployment, name, c.number)), c.number};
      if (is_routed(name) && !alias) plan.joins.push_back(m);
      if (options.leave && alias) plan.leaves.push_back(std::move(m));
    }
  }

  [[nodiscard]] std::vector<std::string> addresses(const ServiceDecision& d,
                                                   std::uint16_t port) const {
    std::vector<std::string> list;
    for (const auto& c : d.containers) {
      if (!is_new(c) && !stays(c)) continue;
      auto alias = edge_alias(history.next_deployment, d.service->name, c.number);
      if (stays(c)) alias = alias_on_edge(*c.old, project.name).value_or(alias);
      list.push_back(fmt::format("{}:{}", alias, port));
    }
    return list;
  }

  /// What the new containers are made of is known for certain once their image is there.
  static void site(SlotMove& m, const RouteTable& part, const ServiceDecision& d) {
    for (const auto& r : part.routes)
      if (r.target == m.target) m.folder = r.route.static_dir;
    for (const auto& c : d.containers)
      if (stays(c)) m.image = c.old->image_id;
    if (std::ranges::any_of(d.containers, is_new)) m.image.clear();
    m.addresses.clear();
    if (!m.image.empty()) m.addresses.push_back(site_name(m.image, m.folder));
  }

  void move(const std::string& edge, const RouteTable& part, const EdgeTarget& target) {
    const auto d = decisions.find(target.service);
    if (d == decisions.end()) return;
    SlotMove m;
    m.edge = edge;
    m.target = target.id;
    m.service = target.service;
    m.port = target.port;
    const bool is_site = target.port == 0;
    m.prefix = fmt::format("{}:{}:{}", target.service, kind_of(edge),
                           is_site ? "static" : std::to_string(target.port));
    m.addresses = addresses(d->second, target.port);
    if (m.addresses.empty()) return;
    if (is_site) site(m, part, d->second);
    m.path = "/";
    for (const auto& r : part.routes)
      if (r.target == target.id) m.path = r.route.strip ? "/" : r.route.path;
    const auto* slot = slot_of(edge, target.id);
    const auto serves = slot == nullptr ? std::nullopt : serving_slot(slot->word);
    m.serves = serves.has_value();
    const bool as_it_is = serves && slot->addresses(*serves) == m.addresses;
    m.pauses = as_it_is && !is_site && pauses(d->second);
    if (!as_it_is || m.pauses) plan.moves[target.service].push_back(std::move(m));
  }

  /// Its containers stay, and are stopped behind a fence or restarted with what they depend on.
  [[nodiscard]] bool pauses(const ServiceDecision& d) const {
    return fenced.contains(d.service->name) ||
           std::ranges::any_of(d.service->depends_on, [&](const auto& dep) {
             const auto owner = decisions.find(dep.service);
             return dep.restart && owner != decisions.end() && owner->second.renews();
           });
  }

  [[nodiscard]] const SlotState* slot_of(const std::string& edge, const std::string& target) const {
    const auto* state = state_of(edge);
    if (state == nullptr) return nullptr;
    const auto it = state->facts.slots.find(target);
    return it == state->facts.slots.end() ? nullptr : &it->second;
  }
};

}  // namespace

const std::vector<SlotMove>& EdgePlan::moves_of(const std::string& service) const {
  static const std::vector<SlotMove> none;
  const auto it = moves.find(service);
  return it == moves.end() ? none : it->second;
}

Result<EdgePlan> plan_edges(const Project& project, const World& world, const History& history,
                            const Decisions& decisions, const std::set<std::string>& fenced,
                            const DeployOptions& options) {
  return Planner{project, world, history, decisions, fenced, options}.run();
}

}  // namespace landfast
