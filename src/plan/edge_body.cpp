// SPDX-License-Identifier: Apache-2.0
#include "plan/edge_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <tuple>

#include "base/digest.h"
#include "model/driven_nginx.h"
#include "plan/create_body_parts.h"
#include "plan/difference_facts.h"
#include "plan/edge_names.h"
#include "plan/names.h"

namespace landfast {
namespace {

using boost::json::array;
using boost::json::object;

constexpr const char* edge_user = "65532:65532";
constexpr std::int64_t memory_limit = std::int64_t{512} << 20;

bool publishes_web_ports(const RouteTable& table) {
  return std::ranges::any_of(table.settings,
                             [](const auto& s) { return s.second.mode == EdgeMode::own; });
}

object mount(const std::string& folder, const char* part, bool read_only) {
  return {{"Type", "bind"},
          {"Source", folder + "/" + part},
          {"Target", std::string("/edge/") + part},
          {"ReadOnly", read_only}};
}

object host_config(const RouteTable& table, const std::string& folder) {
  object bindings;
  for (const auto& p : edge_ports(table)) {
    auto& list = bindings[fmt::format("{}/{}", p.port, p.protocol)];
    if (!list.is_array()) list.emplace_array();
    list.as_array().emplace_back(
        object{{"HostIp", p.host_ip}, {"HostPort", std::to_string(p.port)}});
  }
  object host{{"NetworkMode", table.edge},
              {"PortBindings", std::move(bindings)},
              {"RestartPolicy", object{{"Name", "always"}, {"MaximumRetryCount", 0}}},
              {"CapDrop", array{"ALL"}},
              {"SecurityOpt", array{"no-new-privileges"}},
              {"ReadonlyRootfs", true},
              {"Sysctls", object{{"net.ipv4.ip_unprivileged_port_start", "0"}}},
              {"PidsLimit", 512},
              {"Memory", memory_limit}};
  host["Tmpfs"] = object{{"/tmp", "rw,noexec,nosuid,size=16m"}};
  host["Mounts"] = array{mount(folder, "conf", true), mount(folder, "slots", true),
                         mount(folder, "data", false), mount(folder, "run", false)};
  return host;
}

}  // namespace

std::vector<EdgePort> edge_ports(const RouteTable& table) {
  if (table.edge == shared_edge) {
    std::vector<EdgePort> ports{{"127.0.0.1", behind_port, "tcp"}};
    if (publishes_web_ports(table))
      ports.insert(ports.end(), {{"", 80, "tcp"}, {"", 443, "tcp"}, {"", 443, "udp"}});
    return ports;
  }
  std::set<std::pair<std::uint16_t, std::string>> distinct;
  for (const auto& r : table.routes)
    if (!r.tunnel) distinct.insert({r.route.published, r.host_ip});
  std::vector<EdgePort> ports;
  for (const auto& [port, ip] : distinct) ports.push_back({ip, port, "tcp"});
  return ports;
}

object publishing_network_body(const std::string& edge) {
  return {{"Name", edge},
          {"CheckDuplicate", true},
          {"Driver", "bridge"},
          {"Labels", object{{label::role, "edge"}, {label::edge, edge}}}};
}

object edge_network_body(const std::string& stack, std::int64_t deployment) {
  return {{"Name", edge_network(stack)},
          {"CheckDuplicate", true},
          {"Driver", "bridge"},
          {"Internal", true},
          {"Labels", object{{label::role, "edge"},
                            {label::stack, stack},
                            {label::deployment, std::to_string(deployment)}}}};
}

std::vector<std::string> proxy_networks(const RouteTable& table) {
  std::set<std::string> names;
  for (const auto& [stack, settings] : table.settings)
    if (!settings.network.empty()) names.insert(settings.network);
  return {names.begin(), names.end()};
}

object proxy_endpoint() { return {{"Aliases", array{shared_edge}}}; }

std::vector<std::string> former_proxy_networks(const Container& container,
                                               const RouteTable& table) {
  const auto wanted = proxy_networks(table);
  std::vector<std::string> former;
  for (const auto& entry : container.networks) {
    const std::string name(entry.key());
    if (name == table.edge || std::ranges::find(wanted, name) != wanted.end()) continue;
    const auto* endpoint = entry.value().if_object();
    const auto* aliases = endpoint == nullptr ? nullptr : endpoint->if_contains("Aliases");
    if (aliases == nullptr || !aliases->is_array()) continue;
    if (std::ranges::any_of(aliases->as_array(), [](const auto& a) { return a == shared_edge; }))
      former.push_back(name);
  }
  return former;
}

std::vector<std::string> served_networks(const RouteTable& table) {
  std::set<std::string> names;
  for (const auto& t : table.targets) names.insert(edge_network(t.stack));
  return {names.begin(), names.end()};
}

object edge_body(const RouteTable& table, const std::string& folder, const std::string& image) {
  object body{
      {"User", edge_user},
      {"Entrypoint", array{}},
      {"Cmd", array{"/usr/bin/caddy", "run", "--config", "/edge/conf/config.json"}},
      {"Env", array{"CADDY_ADMIN=unix//edge/run/admin.sock", "GOMEMLIMIT=400MiB",
                    "XDG_DATA_HOME=/edge/data", "XDG_CONFIG_HOME=/edge/data", "HOME=/edge/data"}}};
  object exposed;
  for (const auto& p : edge_ports(table))
    exposed[fmt::format("{}/{}", p.port, p.protocol)] = object{};
  body["ExposedPorts"] = std::move(exposed);
  body["HostConfig"] = host_config(table, folder);
  body["NetworkingConfig"] = object{{"EndpointsConfig", object{{table.edge, object{}}}}};
  const auto digest = sha256_hex(boost::json::serialize(body));
  body["Labels"] =
      object{{label::role, "edge"}, {label::edge, table.edge}, {label::content, digest}};
  body["Image"] = image;
  return body;
}

std::vector<std::string> edge_image_notes(const World& world, const std::string& stack) {
  std::vector<std::string> notes;
  const auto newest = world.images.find(edge_image);
  if (newest == world.images.end()) return notes;
  for (const auto& [edge, state] : world.edges) {
    const bool serves = std::ranges::any_of(state.facts.table.targets,
                                            [&](const auto& t) { return t.stack == stack; });
    if (!serves || !state.container || is_nginx_edge(edge) ||
        state.container->image_id == newest->second.id)
      continue;
    notes.push_back(
        fmt::format("another image of the edge {} is there than the one that it runs: "
                    "landfast edge upgrade changes to it",
                    edge));
  }
  return notes;
}

bool is_as_made(const Container& container, const RouteTable& table, const std::string& folder,
                const std::vector<NetworkState>& known) {
  const auto has = [&](const std::string& n) { return container.networks.contains(n); };
  if (is_nginx_edge(table.edge)) return std::ranges::all_of(served_networks(table), has);
  const auto body = edge_body(table, folder);
  const auto& wanted = body.at("Labels").as_object().at(label::content).as_string();
  if (container.label(label::content) != std::string_view(wanted)) return false;
  const auto is_gone = [&](const std::string& n) {
    return std::ranges::find(known, n, &NetworkState::name) == known.end();
  };
  return std::ranges::all_of(served_networks(table), has) &&
         std::ranges::all_of(proxy_networks(table),
                             [&](const auto& n) { return has(n) || is_gone(n); }) &&
         former_proxy_networks(container, table).empty() &&
         names_taken(container, table.edge) == table.taken_names();
}

std::map<std::string, std::vector<std::string>> names_taken(const Container& container,
                                                            const std::string& edge) {
  std::map<std::string, std::vector<std::string>> found;
  for (const auto& [name, endpoint] : container.networks) {
    if (name == edge || is_edge_network(name) || !endpoint.is_object()) continue;
    auto aliases = body::texts(endpoint.as_object(), "Aliases");
    std::erase_if(aliases, [](const auto& a) { return facts::is_hex(a, 12); });  // the engine's own
    std::erase(aliases, container.name);
    const bool for_proxy = std::ranges::find(aliases, shared_edge) != aliases.end();
    if (aliases.empty() || for_proxy) continue;  // joined for a proxy, or by somebody else
    std::ranges::sort(aliases);
    found[std::string(name)] = std::move(aliases);
  }
  return found;
}

object names_endpoint(const std::vector<std::string>& names) {
  return {{"Aliases", body::array_of(names)}};
}

}  // namespace landfast
