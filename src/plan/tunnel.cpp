// SPDX-License-Identifier: Apache-2.0
#include "plan/tunnel.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "plan/create_body_parts.h"
#include "plan/edge_names.h"

namespace landfast {
namespace {

/// The service that the tunnel names, whether this call has it or not.
const Service* named_service(const Project& project) {
  if (!project.landfast.tunnel) return nullptr;
  for (const auto* services : {&project.services, &project.disabled})
    if (const auto it = services->find(project.landfast.tunnel->service); it != services->end())
      return &it->second;
  return nullptr;
}

/// What asks the shared edge for hosts although there is a tunnel.
bool asks_for_hosts(const Project& project) {
  const auto& stack = project.landfast;
  if (stack.edge_is_said || !stack.acme.email.empty() || !stack.acme.directory.empty() ||
      stack.acme.staging)
    return true;
  return std::ranges::any_of(project.services, [](const auto& entry) {
    const auto kind = entry.second.landfast.tls.kind;
    return kind != TlsKind::automatic && kind != TlsKind::off;
  });
}

std::vector<std::string> names_in(const Service& service, const std::string& network) {
  std::vector<std::string> names{service.name};
  const auto* networks = body::find_object(service.canonical.reveal(), "networks");
  const auto* options = networks == nullptr ? nullptr : body::find_object(*networks, network);
  if (options != nullptr)
    for (auto& alias : body::texts(*options, "aliases"))
      if (std::ranges::find(names, alias) == names.end()) names.push_back(std::move(alias));
  return names;
}

/// A block of addresses: the first `bits` of `bytes` count.
struct Block {
  std::array<std::uint8_t, 16> bytes{};
  int bits = 0;
  bool is_v6 = false;

  [[nodiscard]] int size() const { return is_v6 ? 128 : 32; }
  [[nodiscard]] bool bit(int at) const {
    return (bytes[static_cast<std::size_t>(at / 8)] >> (7 - at % 8) & 1) != 0;
  }
  [[nodiscard]] std::string text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), out.data(), out.size());
    return fmt::format("{}/{}", out.data(), bits);
  }
};

std::optional<Block> block(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  Block b;
  b.is_v6 = address.find(':') != address.npos;
  if (inet_pton(b.is_v6 ? AF_INET6 : AF_INET, address.c_str(), b.bytes.data()) != 1)
    return std::nullopt;
  b.bits = b.size();
  if (slash == text.npos) return b;
  const auto* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data() + slash + 1, end, b.bits);
  if (error != std::errc{} || read != end || b.bits < 0 || b.bits > b.size()) return std::nullopt;
  return b;
}

/// The half of a block of `bits` in which `address` is not.
Block other_half(Block address, int bits) {
  address.bits = bits;
  address.bytes[static_cast<std::size_t>((bits - 1) / 8)] ^=
      static_cast<std::uint8_t>(1 << (7 - (bits - 1) % 8));
  for (int at = bits; at < address.size(); ++at)
    address.bytes[static_cast<std::size_t>(at / 8)] &=
        static_cast<std::uint8_t>(~(1 << (7 - at % 8)));
  return address;
}

std::vector<std::string> without(const Block& whole, const std::optional<Block>& address) {
  bool inside = address && address->is_v6 == whole.is_v6;
  for (int at = 0; inside && at < whole.bits; ++at) inside = whole.bit(at) == address->bit(at);
  if (!inside) return {whole.text()};
  std::vector<std::string> parts;
  for (int bits = whole.bits + 1; bits <= whole.size(); ++bits)
    parts.push_back(other_half(*address, bits).text());
  return parts;
}

/// Addresses of a network but those of its gateways.
void add_sources(const NetworkState& network, std::vector<std::string>& into) {
  const auto* ipam = body::find_object(network.raw, "IPAM");
  const auto* configs = ipam == nullptr ? nullptr : body::find_array(*ipam, "Config");
  if (configs == nullptr) return;
  for (const auto& item : *configs) {
    const auto* config = item.if_object();
    const auto whole = config == nullptr ? std::nullopt : block(body::text(*config, "Subnet"));
    if (!whole) continue;
    for (auto& part : without(*whole, block(body::text(*config, "Gateway"))))
      into.push_back(std::move(part));
  }
}

}  // namespace

const Service* tunnel_service(const Project& project) {
  if (!project.landfast.tunnel) return nullptr;
  const auto it = project.services.find(project.landfast.tunnel->service);
  return it == project.services.end() ? nullptr : &it->second;
}

bool tunnel_is_on_host(const Project& project) {
  if (!project.landfast.tunnel) return false;
  const auto* service = named_service(project);
  return project.landfast.tunnel->service.empty() ||
         (service != nullptr && service->network_mode == "host");
}

bool serves_hosts(const Project& project) {
  return !project.landfast.tunnel || tunnel_is_on_host(project) || asks_for_hosts(project);
}

EdgeMode edge_mode(const Project& project) {
  const bool leaves_ports = tunnel_is_on_host(project) && !asks_for_hosts(project);
  return leaves_ports ? EdgeMode::behind : project.landfast.edge;
}

std::map<std::string, std::vector<std::string>> names_behind_edge(const Project& project,
                                                                  const Service& service) {
  std::map<std::string, std::vector<std::string>> names;
  const auto* tunnel = tunnel_service(project);
  if (tunnel == nullptr || tunnel->name == service.name || service.landfast.routes.empty())
    return names;
  for (const auto& key : service.networks) {
    const auto network = project.networks.find(key);
    const bool shared = std::ranges::find(tunnel->networks, key) != tunnel->networks.end();
    if (shared && network != project.networks.end())
      names[network->second.name] = names_in(service, key);
  }
  return names;
}

bool is_behind_edge(const Project& project, const Service& service) {
  const bool hosts = serves_hosts(project);
  const auto& routes = service.landfast.routes;
  return std::ranges::any_of(routes, [&](const auto& r) { return hosts || r.host.empty(); }) ||
         !names_behind_edge(project, service).empty();
}

bool meet_directly(const Project& project, const Service& service, const Service& peer) {
  const auto taken = names_behind_edge(project, service);
  return std::ranges::any_of(service.networks, [&](const auto& key) {
    if (std::ranges::find(peer.networks, key) == peer.networks.end()) return false;
    const auto network = project.networks.find(key);
    return network == project.networks.end() || !taken.contains(network->second.name);
  });
}

RouteTable with_tunnel_sources(RouteTable table, const std::vector<NetworkState>& networks) {
  for (auto& r : table.routes) {
    if (!r.tunnel) continue;
    r.tunnel->sources.clear();
    for (const auto& [name, names] : r.tunnel->names)  // not in the engine's order, which varies
      for (const auto& network : networks)
        if (network.name == name) add_sources(network, r.tunnel->sources);
  }
  return table;
}

bool answers_itself(const Container& container, const std::string& network,
                    const std::string& name) {
  const auto* endpoint = body::find_object(container.networks, network);
  if (endpoint == nullptr) return true;
  const auto aliases = body::texts(*endpoint, "Aliases");
  return aliases.empty() || std::ranges::find(aliases, name) != aliases.end();
}

std::vector<std::string> names_that_move(const Project& project, const Service& service,
                                         const Container& container) {
  std::vector<std::string> causes;
  const auto taken = names_behind_edge(project, service);
  // Only an edge takes a name away: who was never behind one lost it otherwise, and keeps running.
  const bool was_behind = alias_on_edge(container, project.name).has_value();
  for (const auto& key : service.networks) {
    const auto network = project.networks.find(key);
    if (network == project.networks.end()) continue;
    const auto& name = network->second.name;
    if (!container.networks.contains(name)) continue;
    const bool answers = answers_itself(container, name, service.name);
    if (answers && taken.contains(name))
      causes.push_back(fmt::format("the edge takes its name {} in {} over", service.name, name));
    if (was_behind && !answers && !taken.contains(name))
      causes.push_back(fmt::format("it answers to {} in {} itself again", service.name, name));
  }
  return causes;
}

}  // namespace landfast
