// SPDX-License-Identifier: Apache-2.0
#include "plan/tunnel_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/replacement.h"
#include "plan/stack_routes.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

std::vector<std::string> routed_hosts(const Project& project) {
  std::set<std::string> hosts;
  for (const auto& [name, service] : project.services)
    for (const auto& r : service.landfast.routes)
      if (!r.host.empty()) hosts.insert(served_name(r));
  return {hosts.begin(), hosts.end()};
}

/// Ports of the host's loopback that a tunnel on the host leads to.
std::set<int> ports_on_host(const Project& project) {
  std::set<int> ports;
  for (const auto& [name, service] : project.services)
    for (const auto& r : service.landfast.routes)
      ports.insert(r.published != 0 ? r.published : behind_port);
  return ports;
}

void notes_of_host(const Project& project, std::vector<std::string>& notes) {
  const bool is_tailscale = project.landfast.tunnel->kind == TunnelKind::tailscale;
  for (const auto port : ports_on_host(project))
    notes.push_back(
        is_tailscale
            ? fmt::format("the tunnel is tailscaled on this host; once, by hand: tailscale serve "
                          "--bg http://127.0.0.1:{}",
                          port)
            : fmt::format("the tunnel is cloudflared on this host; its rules name "
                          "http://127.0.0.1:{}",
                          port));
}

void notes_of_absent(const Project& project, std::vector<std::string>& notes) {
  const auto& service = project.landfast.tunnel->service;
  const auto it = project.disabled.find(service);
  if (it == project.disabled.end()) return;
  const auto hosts = serves_hosts(project) ? std::vector<std::string>{} : routed_hosts(project);
  const auto why = it->second.landfast.when
                       ? fmt::format("{} has no value", *it->second.landfast.when)
                       : std::string("its profile is not active");
  notes.push_back(fmt::format("the tunnel {} is not part of this call ({}){}", service, why,
                              hosts.empty() ? "" : ": nothing serves " + join(hosts, ", ")));
}

/// Two generations of what shares the tunnel's network cannot hold one port there.
void notes_of_sharers(const Project& project, std::vector<std::string>& notes) {
  const auto& tunnel = project.landfast.tunnel->service;
  for (const auto& [name, service] : project.services)
    if (service.network_mode == "service:" + tunnel)
      notes.push_back(fmt::format(
          "{} shares the network of {}: it is stopped first, for no port there can be held twice, "
          "and a new {} cuts it off; without a gap: give it networks and a route, and let {} "
          "serve http://{} and its port (TS_SERVE_CONFIG)",
          name, tunnel, tunnel, tunnel, name));
}

/// A peer that names the service finds the edge, which listens on the routed ports only.
void notes_of_peers(const Project& project, std::vector<std::string>& notes) {
  for (const auto& [name, service] : project.services) {
    const auto taken = names_behind_edge(project, service);
    if (taken.empty()) continue;
    for (const auto& [other, peer] : project.services) {
      const bool in_network = std::ranges::any_of(peer.networks, [&](const auto& key) {
        const auto network = project.networks.find(key);
        return network != project.networks.end() && taken.contains(network->second.name);
      });
      if (other != name && other != project.landfast.tunnel->service && in_network &&
          uses(peer, name) && !meet_directly(project, service, peer))
        notes.push_back(fmt::format(
            "{} reaches {} through the edge, by HTTP on its routed port alone: the tunnel is in "
            "the network that they share; a network of their own keeps them direct",
            other, name));
    }
  }
}

}  // namespace

std::string tunnel_name(const Project& project) {
  if (!project.landfast.tunnel) return {};
  const auto& said = project.landfast.tunnel->name;
  return said.empty() ? join(routed_hosts(project), ", ") : said;
}

std::optional<VerifyCheck> tunnel_check(const Project& project) {
  if (!project.landfast.tunnel) return std::nullopt;
  const auto& tunnel = *project.landfast.tunnel;
  for (const auto& check : project.landfast.verify)
    if (check.in == tunnel.service && check.mark.file == tunnel.mark.file &&
        check.mark.line == tunnel.mark.line && check.mark.column == tunnel.mark.column)
      return check;
  return std::nullopt;
}

std::vector<std::string> tunnel_notes(const Project& project) {
  std::vector<std::string> notes;
  if (!project.landfast.tunnel) return notes;
  if (tunnel_is_on_host(project)) notes_of_host(project, notes);
  notes_of_absent(project, notes);
  if (tunnel_service(project) == nullptr) return notes;
  notes_of_sharers(project, notes);
  notes_of_peers(project, notes);
  return notes;
}

std::vector<std::string> served_addresses(const Project& project, const Service& service,
                                          const std::map<std::string, RouteTable>& parts) {
  std::vector<std::string> served;
  for (const auto& r : service.landfast.routes)
    if (r.host.empty() || serves_hosts(project)) served.push_back(served_name(r));
  for (const auto& [edge, part] : parts)
    for (const auto& r : part.routes) {
      const auto* target = part.target(r.target);
      if (!r.tunnel || target == nullptr || target->service != service.name) continue;
      const auto path = r.route.path == "/" ? std::string() : r.route.path;
      for (const auto& [network, names] : r.tunnel->names)
        served.push_back(fmt::format("http://{}:{}{} in {}{}", service.name, r.route.port, path,
                                     network,
                                     r.tunnel->name.empty() ? "" : " for " + r.tunnel->name));
    }
  return served;
}

}  // namespace landfast
