// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "plan/create_body_parts.h"
#include "plan/edge_names.h"
#include "plan/tunnel.h"

namespace landfast::body {

namespace {

struct Attachment {
  std::string key;
  std::int64_t priority = 0;
  Object options;  ///< empty where the service says nothing
};

/// Highest priority first, then by name: the first is the primary one (compose.md §4.10).
std::vector<Attachment> attachments(const Object& service) {
  std::vector<Attachment> out;
  const auto* networks = find_object(service, "networks");
  if (!networks) return out;
  for (const auto& [key, value] : *networks) {
    Attachment one{std::string{key}, 0, {}};
    if (const auto* options = value.if_object()) {
      one.options = *options;
      one.priority = integer(*options, "priority");
    }
    out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.key < b.key;
  });
  return out;
}

Result<std::string> network_name(const BodyContext& context, const std::string& key) {
  const auto it = context.project.networks.find(key);
  if (it == context.project.networks.end())
    return fail(Code::invalid, "network " + in_quotes(key) + " is not defined");
  return it->second.name;
}

/// The containers of a linked service under the names that Compose gives them, each with its
/// aliases `alias`, `<service>-<number>` and `<project>-<service>-<number>`.
void add_link(Array& out, const BodyContext& context, const std::string& link) {
  const auto colon = link.find(':');
  const auto service = link.substr(0, colon);
  const auto alias = colon == std::string::npos ? service : link.substr(colon + 1);
  const auto it = context.project.services.find(service);
  if (it == context.project.services.end()) return;
  const auto tail = service + "-" + std::to_string(context.number);
  for (int n = 1; n <= it->second.replicas; ++n) {
    const auto name = container_name(context.project, it->second, n);
    for (const auto& as : {alias, tail, context.project.name + "-" + tail})
      out.emplace_back(name + ":" + as);
  }
}

Array links(const Object& service, const BodyContext& context) {
  Array out;
  for (const auto& link : texts(service, "links")) add_link(out, context, link);
  for (const auto& link : texts(service, "external_links"))
    out.emplace_back(link.find(':') == std::string::npos ? link + ":" + link : link);
  return out;
}

Object driver_options(const Object& options) {
  Object out;
  if (const auto* own = find_object(options, "driver_opts"))
    for (const auto& [key, value] : *own) out[key] = text(value);
  put_text(out, "com.docker.network.endpoint.ifname", text(options, "interface_name"));
  return out;
}

Object address_options(const Object& options) {
  Object out;
  put_text(out, "IPv4Address", text(options, "ipv4_address"));
  put_text(out, "IPv6Address", text(options, "ipv6_address"));
  put_list(out, "LinkLocalIPs", array_of(texts(options, "link_local_ips")));
  return out;
}

/// The edge answers to the service's names there.
bool is_taken_name(const Attachment& attachment, const Service& service,
                   const BodyContext& context) {
  const auto network = context.project.networks.find(attachment.key);
  return !context.edge_alias.empty() && network != context.project.networks.end() &&
         names_behind_edge(context.project, service).contains(network->second.name);
}

Object endpoint(const Attachment& attachment, const Service& service, const BodyContext& context,
                const Array& linked) {
  const auto& options = attachment.options;
  auto aliases = std::vector<std::string>{context.container_name};
  if (!context.one_off && !is_taken_name(attachment, service, context)) {
    aliases.push_back(service.name);
    for (const auto& alias : texts(options, "aliases")) aliases.push_back(alias);
  }
  Object out;
  out["Aliases"] = array_of(aliases);
  put_list(out, "Links", linked);
  if (auto addresses = address_options(options); !addresses.empty())
    out["IPAMConfig"] = std::move(addresses);
  if (auto driver = driver_options(options); !driver.empty()) out["DriverOpts"] = std::move(driver);
  if (api_at_least(context.engine, "1.44"))
    put_text(out, "MacAddress", text(options, "mac_address"));
  if (api_at_least(context.engine, "1.48"))
    put_integer(out, "GwPriority", integer(options, "gw_priority"));
  return out;
}

/// Before API 1.44 a container has one address, of the service or of its primary network.
Result<std::string> mac_address(const Object& service, const std::vector<Attachment>& attached,
                                const EngineFacts& engine) {
  auto own = text(service, "mac_address");
  const auto primary = attached.empty() ? "" : text(attached.front().options, "mac_address");
  if (!own.empty() && !primary.empty() && own != primary)
    return fail(Code::invalid,
                "mac_address differs from that of network " + in_quotes(attached.front().key),
                "give the address once, on the network");
  const auto set = std::count_if(attached.begin(), attached.end(), [](const auto& one) {
    return !text(one.options, "mac_address").empty();
  });
  if (set > 1 && !api_at_least(engine, "1.44"))
    return fail(Code::unsupported, "mac_address on more than one network needs Docker Engine 25",
                "keep it on the network with the highest priority");
  return primary.empty() ? own : primary;
}

void put_mac_address(Object& config, Object& primary, const std::string& address,
                     const EngineFacts& engine) {
  if (address.empty()) return;
  if (api_at_least(engine, "1.44"))
    primary["MacAddress"] = address;
  else
    config["MacAddress"] = address;
}

bool is_published_by_edge(const Service& service, const Object& port, const BodyContext& context) {
  return !context.edge_alias.empty() &&
         is_taken_over(service, text(port, "published"), text(port, "protocol"));
}

std::string port_key(const Object& port) {
  const auto protocol = text(port, "protocol");
  return text(port, "target") + "/" + (protocol.empty() ? "tcp" : protocol);
}

}  // namespace

Status put_networks(CreateRequest& request, Object& host, const Service& service,
                    const BodyContext& context) {
  const auto& canonical = service.canonical.reveal();
  const auto linked = links(canonical, context);
  put_list(host, "Links", linked);
  if (const auto mode = text(canonical, "network_mode"); !mode.empty()) {
    TRY(const auto resolved, shared_namespace(context, "network_mode", mode));
    put_text(request.body, "MacAddress", text(canonical, "mac_address"));
    host["NetworkMode"] = resolved;
    return {};
  }
  const auto attached = attachments(canonical);
  if (attached.empty()) {
    host["NetworkMode"] = "none";
    return {};
  }
  TRY(const auto address, mac_address(canonical, attached, context.engine));
  Object endpoints;
  for (const auto& one : attached) {
    TRY(auto name, network_name(context, one.key));
    auto made = endpoint(one, service, context, linked);
    if (&one == &attached.front()) {
      host["NetworkMode"] = name;
      put_mac_address(request.body, made, address, context.engine);
    } else if (!api_at_least(context.engine, "1.44")) {
      request.connect.push_back({std::move(name), std::move(made)});
      continue;
    }
    endpoints[name] = std::move(made);
  }
  request.body["NetworkingConfig"] = Object{{"EndpointsConfig", std::move(endpoints)}};
  return {};
}

void put_edge_network(CreateRequest& request, const BodyContext& context) {
  if (context.edge_alias.empty() || context.one_off) return;
  request.connect.push_back(
      {edge_network(context.project.name), edge_endpoint(context.edge_alias)});
}

void put_ports(Object& config, Object& host, const Service& service, const BodyContext& context) {
  const auto& canonical = service.canonical.reveal();
  Object exposed, bindings;
  for (const auto& port : texts(canonical, "expose")) exposed[port] = Object{};
  const auto* ports = find_array(canonical, "ports");
  if (ports && !context.one_off)
    for (const auto& item : *ports) {
      const auto* port = item.if_object();
      if (!port) continue;
      const auto key = port_key(*port);
      exposed[key] = Object{};
      if (is_published_by_edge(service, *port, context)) continue;
      auto& list =
          bindings[key].is_array() ? bindings[key].get_array() : bindings[key].emplace_array();
      list.push_back(
          Object{{"HostIp", text(*port, "host_ip")}, {"HostPort", text(*port, "published")}});
    }
  if (!exposed.empty()) config["ExposedPorts"] = std::move(exposed);
  if (!bindings.empty()) host["PortBindings"] = std::move(bindings);
}

}  // namespace landfast::body
