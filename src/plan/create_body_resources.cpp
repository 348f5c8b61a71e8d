// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "plan/create_body_parts.h"

namespace landfast::body {

namespace {

// Compose multiplies in single precision and truncates (compose.md §1.3): 0.3 is 300000000.
std::int64_t nano_cpus(double cpus) {
  return static_cast<std::int64_t>(static_cast<float>(cpus) * 1e9F);
}

Array throttles(const Object& blkio, std::string_view key, std::string_view amount) {
  Array out;
  const auto* list = find_array(blkio, key);
  if (!list) return out;
  for (const auto& item : *list) {
    const auto* entry = item.if_object();
    if (!entry) continue;
    // Compose prints these without JSON names: Path and Rate (Weight is in the same way).
    const auto get = [&](std::string_view name) {
      const auto* value = find(*entry, name);
      return value ? value : find(*entry, lower(name));
    };
    Object device;
    if (const auto* path = get("Path")) device["Path"] = text(*path);
    if (const auto* number = get(amount)) device[amount] = integer(*number);
    out.push_back(std::move(device));
  }
  return out;
}

void put_blkio(Object& host, const Object& service) {
  const auto* blkio = find_object(service, "blkio_config");
  if (!blkio) return;
  put_integer(host, "BlkioWeight", integer(*blkio, "weight"));
  put_list(host, "BlkioWeightDevice", throttles(*blkio, "weight_device", "Weight"));
  put_list(host, "BlkioDeviceReadBps", throttles(*blkio, "device_read_bps", "Rate"));
  put_list(host, "BlkioDeviceReadIOps", throttles(*blkio, "device_read_iops", "Rate"));
  put_list(host, "BlkioDeviceWriteBps", throttles(*blkio, "device_write_bps", "Rate"));
  put_list(host, "BlkioDeviceWriteIOps", throttles(*blkio, "device_write_iops", "Rate"));
}

Object device_request(const Object& device, bool gpu) {
  Object out;
  auto capabilities = texts(device, "capabilities");
  if (gpu) capabilities.emplace_back("gpu");
  Array alternatives;  // a list of lists: any one of them will do
  alternatives.emplace_back(array_of(capabilities));
  out["Capabilities"] = std::move(alternatives);
  put_text(out, "Driver", text(device, "driver"));
  put_integer(out, "Count", integer(device, "count"));
  put_list(out, "DeviceIDs", array_of(texts(device, "device_ids")));
  if (const auto* options = find_object(device, "options"); options && !options->empty())
    out["Options"] = *options;
  return out;
}

// A name such as vendor.com/class=device, which the engine hands to the device's own interface.
bool is_cdi(std::string_view name) {
  const auto slash = name.find('/');
  const auto equals = name.find('=');
  return slash != 0 && slash != std::string_view::npos && equals != std::string_view::npos &&
         equals > slash + 1 && equals + 1 < name.size();
}

void put_devices(Object& host, const Object& service) {
  Array mappings, requests, cdi;
  const auto* deploy = find_object(service, "deploy");
  const auto* resources = deploy ? find_object(*deploy, "resources") : nullptr;
  const auto* reservations = resources ? find_object(*resources, "reservations") : nullptr;
  if (const auto* list = reservations ? find_array(*reservations, "devices") : nullptr)
    for (const auto& item : *list)
      if (const auto* device = item.if_object()) requests.push_back(device_request(*device, false));
  if (const auto* list = find_array(service, "devices"))
    for (const auto& item : *list) {
      const auto* device = item.if_object();
      if (!device) continue;
      const auto source = text(*device, "source"), target = text(*device, "target");
      if (source == target && is_cdi(source)) {
        cdi.emplace_back(source);
        continue;
      }
      mappings.push_back(Object{{"PathOnHost", source},
                                {"PathInContainer", target},
                                {"CgroupPermissions", text(*device, "permissions")}});
    }
  if (!cdi.empty()) requests.push_back(Object{{"Driver", "cdi"}, {"DeviceIDs", std::move(cdi)}});
  if (const auto* list = find_array(service, "gpus"))
    for (const auto& item : *list)
      if (const auto* device = item.if_object()) requests.push_back(device_request(*device, true));
  put_list(host, "Devices", std::move(mappings));
  put_list(host, "DeviceRequests", std::move(requests));
}

void put_ulimits(Object& host, const Object& service) {
  const auto* ulimits = find_object(service, "ulimits");
  if (!ulimits) return;
  Array out;
  for (const auto& [name, value] : *ulimits) {
    const auto* range = value.if_object();
    const auto soft = range ? integer(*range, "soft") : integer(value);
    const auto hard = range ? integer(*range, "hard") : integer(value);
    out.push_back(Object{{"Name", name}, {"Soft", soft}, {"Hard", hard}});
  }
  put_list(host, "Ulimits", std::move(out));
}

/// `deploy.resources` wins over the service's own attributes.
void put_deploy(Object& host, const Object& service) {
  const auto* deploy = find_object(service, "deploy");
  const auto* resources = deploy ? find_object(*deploy, "resources") : nullptr;
  if (!resources) return;
  if (const auto* limits = find_object(*resources, "limits")) {
    put_integer(host, "Memory", integer(*limits, "memory"));
    put_integer(host, "NanoCpus", nano_cpus(real(*limits, "cpus")));
    if (const auto pids = integer(*limits, "pids"); pids > 0) host["PidsLimit"] = pids;
  }
  if (const auto* reservations = find_object(*resources, "reservations"))
    put_integer(host, "MemoryReservation", integer(*reservations, "memory"));
}

}  // namespace

void put_resources(Object& host, const Object& service) {
  put_text(host, "CgroupParent", text(service, "cgroup_parent"));
  put_integer(host, "Memory", integer(service, "mem_limit"));
  put_integer(host, "MemorySwap", integer(service, "memswap_limit"));
  put_integer(host, "MemorySwappiness", integer(service, "mem_swappiness"));
  put_integer(host, "MemoryReservation", integer(service, "mem_reservation"));
  host["OomKillDisable"] = flag(service, "oom_kill_disable");
  put_integer(host, "OomScoreAdj", integer(service, "oom_score_adj"));
  put_integer(host, "CpuCount", integer(service, "cpu_count"));
  put_integer(host, "CpuPercent", static_cast<std::int64_t>(real(service, "cpu_percent") * 100));
  put_integer(host, "CpuPeriod", integer(service, "cpu_period"));
  put_integer(host, "CpuQuota", integer(service, "cpu_quota"));
  put_integer(host, "CpuRealtimePeriod", integer(service, "cpu_rt_period"));
  put_integer(host, "CpuRealtimeRuntime", integer(service, "cpu_rt_runtime"));
  put_integer(host, "CpuShares", integer(service, "cpu_shares"));
  put_integer(host, "NanoCpus", nano_cpus(real(service, "cpus")));
  put_text(host, "CpusetCpus", text(service, "cpuset"));
  put_integer(host, "PidsLimit", integer(service, "pids_limit"));
  put_list(host, "DeviceCgroupRules", array_of(texts(service, "device_cgroup_rules")));
  put_blkio(host, service);
  put_deploy(host, service);
  put_devices(host, service);
  put_ulimits(host, service);
}

}  // namespace landfast::body
