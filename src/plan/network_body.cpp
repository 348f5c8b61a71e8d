// SPDX-License-Identifier: Apache-2.0
#include "plan/network_body.h"

#include "plan/create_body_parts.h"

namespace landfast {

namespace {

using namespace body;

Object pool(const Object& config) {
  Object out;
  put_text(out, "Subnet", text(config, "subnet"));
  put_text(out, "IPRange", text(config, "ip_range"));
  put_text(out, "Gateway", text(config, "gateway"));
  // The engine's name for it since API 1.25; docker's client sends the same.
  if (const auto* hosts = find_object(config, "aux_addresses"); hosts && !hosts->empty())
    out["AuxiliaryAddresses"] = *hosts;
  return out;
}

void put_ipam(Object& body, const Object& network) {
  const auto* ipam = find_object(network, "ipam");
  if (!ipam) return;
  Object out;
  put_text(out, "Driver", text(*ipam, "driver"));
  Array pools;
  if (const auto* list = find_array(*ipam, "config"))
    for (const auto& item : *list)
      if (const auto* config = item.if_object()) pools.push_back(pool(*config));
  put_list(out, "Config", std::move(pools));
  if (const auto* options = find_object(*ipam, "options"); options && !options->empty())
    out["Options"] = *options;
  if (!out.empty()) body["IPAM"] = std::move(out);
}

}  // namespace

boost::json::object network_body(const Project& project, const Network& network,
                                 const std::string& config_hash, const std::string& tool) {
  const auto& canonical = network.canonical;
  Object labels;
  if (const auto* own = find_object(canonical, "labels"))
    for (const auto& [key, value] : *own) labels[key] = text(value);
  labels["com.docker.compose.config-hash"] = config_hash;
  labels["com.docker.compose.network"] = network.key;
  labels["com.docker.compose.project"] = project.name;
  labels["com.docker.compose.version"] = tool;
  // Before API 1.44 only this keeps the engine from a second network of the same name.
  Object out{{"Name", network.name}, {"CheckDuplicate", true}};
  put_text(out, "Driver", text(canonical, "driver"));
  Object options;
  if (const auto* own = find_object(canonical, "driver_opts"))
    for (const auto& [key, value] : *own) options[key] = text(value);
  if (!options.empty()) out["Options"] = std::move(options);
  put_flag(out, "Internal", flag(canonical, "internal"));
  put_flag(out, "Attachable", flag(canonical, "attachable"));
  if (const auto* ipv4 = find(canonical, "enable_ipv4")) out["EnableIPv4"] = *ipv4;
  if (const auto* ipv6 = find(canonical, "enable_ipv6")) out["EnableIPv6"] = *ipv6;
  put_ipam(out, canonical);
  out["Labels"] = std::move(labels);
  return out;
}

}  // namespace landfast
