// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "base/text.h"
#include "plan/difference_facts.h"
#include "plan/edge_names.h"
#include "plan/names.h"

namespace landfast::facts {

namespace {

using namespace body;

std::string network_path(std::string_view name, std::string_view attribute = {}) {
  auto out = "networks." + std::string{name};
  return attribute.empty() ? out : out + "." + std::string{attribute};
}

/// Names that every container of the service has anyway say nothing.
void add_endpoint(Facts& out, std::string_view name, const Object& endpoint,
                  const std::set<std::string>& own_names) {
  put(out, network_path(name), "attached", false);
  std::vector<std::string> aliases;
  for (const auto& alias : texts(endpoint, "Aliases"))
    if (!own_names.contains(alias) && !is_hex(alias, 12)) aliases.push_back(alias);
  put_sorted(out, network_path(name, "aliases"), aliases);
  put_sorted(out, network_path(name, "links"), texts(endpoint, "Links"));
  if (const auto* addresses = find_object(endpoint, "IPAMConfig")) {
    put(out, network_path(name, "ipv4_address"), text(*addresses, "IPv4Address"));
    put(out, network_path(name, "ipv6_address"), text(*addresses, "IPv6Address"));
    put_sorted(out, network_path(name, "link_local_ips"), texts(*addresses, "LinkLocalIPs"));
  }
  if (const auto* options = find_object(endpoint, "DriverOpts"))
    for (const auto& [key, value] : *options)
      put(out, network_path(name, "driver_opts") + "." + std::string{key}, "=" + text(value),
          false);
  if (const auto priority = integer(endpoint, "GwPriority"); priority != 0)
    put(out, network_path(name, "gw_priority"), std::to_string(priority));
}

const Object* wanted_endpoints(const CreateRequest& wanted) {
  const auto* config = find_object(wanted.body, "NetworkingConfig");
  return config ? find_object(*config, "EndpointsConfig") : nullptr;
}

std::string label_of(const CreateRequest& wanted, const char* key) {
  const auto* labels = find_object(wanted.body, "Labels");
  return labels ? text(*labels, key) : std::string{};
}

std::string service_of(const CreateRequest& wanted) { return label_of(wanted, label::service); }

/// A network that a person or another tool attached by hand has not the service's alias.
bool attached_by_file(const Object& endpoint, const std::string& service) {
  for (const auto& alias : texts(endpoint, "Aliases"))
    if (alias == service) return true;
  return false;
}

const Object* wanted_endpoint(const CreateRequest& wanted, std::string_view name) {
  if (const auto* endpoints = wanted_endpoints(wanted))
    if (const auto* endpoint = find_object(*endpoints, name)) return endpoint;
  for (const auto& one : wanted.connect)
    if (one.network == name) return &one.endpoint;
  return nullptr;
}

/// The engine makes an address where none is asked for, and shows it only while it runs.
void add_mac_address(Facts& out, std::string_view name, const Object& endpoint,
                     const Object& asked) {
  const auto wanted = text(asked, "MacAddress"), shown = text(endpoint, "MacAddress");
  if (!wanted.empty())
    put(out, network_path(name, "mac_address"), lower(shown.empty() ? wanted : shown));
}

}  // namespace

Facts wanted_networks(const CreateRequest& wanted) {
  Facts out;
  const std::set<std::string> own{wanted.name, service_of(wanted), text(wanted.body, "Hostname")};
  if (const auto* endpoints = wanted_endpoints(wanted))
    for (const auto& [name, value] : *endpoints)
      if (const auto* endpoint = value.if_object()) {
        add_endpoint(out, name, *endpoint, own);
        add_mac_address(out, name, *endpoint, *endpoint);
      }
  for (const auto& one : wanted.connect) {
    if (is_edge_network(one.network)) continue;  // joined and left without a new container
    add_endpoint(out, one.network, one.endpoint, own);
    add_mac_address(out, one.network, one.endpoint, one.endpoint);
  }
  return out;
}

Facts actual_networks(const Container& actual, const CreateRequest& wanted) {
  Facts out;
  const auto service = service_of(wanted);
  const auto stack = label_of(wanted, label::project);
  const auto mode = text(actual.host_config, "NetworkMode");
  if (mode == "host" || mode == "none" || mode.starts_with("container:")) return out;
  const std::set<std::string> own{actual.name, wanted.name, service,
                                  text(actual.config, "Hostname")};
  for (const auto& [name, value] : actual.networks) {
    const auto* endpoint = value.if_object();
    if (!endpoint) continue;
    const bool legacy = name == "bridge" && (mode == "bridge" || mode == "default");
    const auto* asked = wanted_endpoint(wanted, name);
    if (legacy || (!asked && !attached_by_file(*endpoint, service))) continue;
    if (is_fence(stack, name)) continue;  // it stays attached after the deploy that made it
    if (is_edge_network(name)) continue;
    add_endpoint(out, name, *endpoint, own);
    if (asked) add_mac_address(out, name, *endpoint, *asked);
  }
  return out;
}

}  // namespace landfast::facts
