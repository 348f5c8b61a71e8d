// SPDX-License-Identifier: Apache-2.0
#include "plan/edge_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

namespace landfast {

std::string own_edge(const std::string& stack) { return stack + "-landfast-edge"; }

std::string edge_network(const std::string& stack) { return stack + "_landfast-edge"; }

bool is_edge_network(std::string_view name) { return name.ends_with("_landfast-edge"); }

std::string edge_alias(std::int64_t deployment, const std::string& service, int number) {
  return fmt::format("lf-{}-{}-{}", deployment, service, number);
}

std::optional<std::string> alias_on_edge(const Container& container, const std::string& stack) {
  const auto* endpoint = container.networks.if_contains(edge_network(stack));
  if (endpoint == nullptr || !endpoint->is_object()) return std::nullopt;
  const auto* aliases = endpoint->as_object().if_contains("Aliases");
  if (aliases == nullptr || !aliases->is_array()) return std::nullopt;
  for (const auto& alias : aliases->as_array())
    if (alias.is_string() && alias.as_string().starts_with("lf-"))
      return std::string(alias.as_string());
  return std::nullopt;
}

std::set<std::string> published_tcp_ports(const Container& container) {
  std::set<std::string> ports;
  const auto* bindings = container.host_config.if_contains("PortBindings");
  if (bindings == nullptr || !bindings->is_object()) return ports;
  for (const auto& entry : bindings->as_object()) {
    if (!entry.key().ends_with("/tcp") || !entry.value().is_array()) continue;
    for (const auto& binding : entry.value().as_array()) {
      const auto* o = binding.if_object();
      const auto* text = o == nullptr ? nullptr : o->if_contains("HostPort");
      if (text != nullptr && text->is_string()) ports.emplace(text->as_string());
    }
  }
  return ports;
}

boost::json::object edge_endpoint(const std::string& alias) {
  return {{"Aliases", boost::json::array{alias}}};
}

bool is_taken_over(const Service& service, std::string_view published, std::string_view protocol) {
  if (published.empty() || (!protocol.empty() && protocol != "tcp")) return false;
  return std::ranges::any_of(service.landfast.routes, [&](const Route& r) {
    return r.published != 0 && std::to_string(r.published) == published;
  });
}

}  // namespace landfast
