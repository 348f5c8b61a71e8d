// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "plan/difference_facts.h"

namespace landfast::facts {

namespace {

using namespace body;

constexpr std::int64_t default_shm_bytes = 64LL << 20;  // the engine's default-shm-size

void put_map(Facts& out, const std::string& path, const Object* object, bool shown) {
  if (!object) return;
  for (const auto& [key, value] : *object)
    put(out, path + "." + std::string{key}, "=" + text(value), shown);
}

void put_ordered(Facts& out, const std::string& path, std::vector<std::string> values) {
  if (!values.empty()) out[path] = Fact{std::move(values), true};
}

std::vector<std::string> capabilities(const Object& host, std::string_view key) {
  std::vector<std::string> out;
  for (auto name : texts(host, key)) {
    for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    out.push_back(name == "ALL" || name.starts_with("CAP_") ? name : "CAP_" + name);
  }
  return out;
}

/// The engine adds `label=disable` by itself where a namespace of the host is shared; a seccomp
/// profile is compared whole but shown as a word.
void add_security(Facts& out, const Side& side) {
  std::vector<std::string> options;
  for (const auto& option : texts(side.host, "SecurityOpt")) {
    if (option.starts_with("seccomp=") && option.size() > 40)
      put(out, "security_opt.seccomp", option, false);
    else if (option == "no-new-privileges")
      options.emplace_back("no-new-privileges:true");
    else if (option != "label=disable" && option != "label:disable")
      options.push_back(option);
  }
  put_sorted(out, "security_opt", options);
  const auto* masked = find_array(side.host, "MaskedPaths");
  if (masked && masked->empty()) put(out, "security_opt.systempaths", "unconfined");
}

void add_logging(Facts& out, const Object& host) {
  const auto* logging = find_object(host, "LogConfig");
  if (!logging) return;
  put(out, "logging.driver", text(*logging, "Type"));
  put_map(out, "logging.options", find_object(*logging, "Config"), false);
}

void add_namespaces(Facts& out, const Side& side) {
  const auto& host = side.host;
  if (const auto mode = text(host, "IpcMode"); mode != "private") put(out, "ipc", mode);
  put(out, "pid", text(host, "PidMode"));
  put(out, "uts", text(host, "UTSMode"));
  put(out, "userns_mode", text(host, "UsernsMode"));
  const auto own = side.engine.cgroup_version == "2" ? "private" : "host";
  if (const auto mode = text(host, "CgroupnsMode"); mode != own) put(out, "cgroup", mode);
  if (const auto isolation = text(host, "Isolation"); isolation != "default")
    put(out, "isolation", isolation);
}

void add_volumes_from(Facts& out, const Object& host) {
  std::vector<std::string> from;
  for (auto entry : texts(host, "VolumesFrom")) {
    if (entry.ends_with(":rw")) entry.resize(entry.size() - 3);
    from.push_back(std::move(entry));
  }
  put_sorted(out, "volumes_from", from);
}

/// "nvidia gpu × all", "cdi vendor.com/class=device".
std::string device_request(const Object& request) {
  std::vector<std::string> parts{text(request, "Driver")};
  if (const auto* alternatives = find_array(request, "Capabilities"))
    for (const auto& item : *alternatives)
      if (const auto* all = item.if_array())
        for (const auto& capability : *all) parts.push_back(text(capability));
  const auto count = integer(request, "Count");
  if (count != 0) parts.push_back(count < 0 ? "× all" : fmt::format("× {}", count));
  for (const auto& id : texts(request, "DeviceIDs")) parts.push_back(id);
  const auto* options = find_object(request, "Options");
  if (options && !options->empty()) parts.push_back(boost::json::serialize(*options));
  std::erase(parts, std::string{});
  return join(parts, " ");
}

void add_devices(Facts& out, const Object& host) {
  std::vector<std::string> devices, requests;
  if (const auto* list = find_array(host, "Devices"))
    for (const auto& item : *list)
      if (const auto* device = item.if_object()) {
        const auto permissions = text(*device, "CgroupPermissions");
        devices.push_back(fmt::format("{}:{}:{}", text(*device, "PathOnHost"),
                                      text(*device, "PathInContainer"),
                                      permissions.empty() ? "rwm" : permissions));
      }
  if (const auto* list = find_array(host, "DeviceRequests"))
    for (const auto& item : *list)
      if (const auto* request = item.if_object()) requests.push_back(device_request(*request));
  put_sorted(out, "devices", devices);
  put_sorted(out, "gpus", requests);
}

}  // namespace

void add_host(Facts& out, const Side& side) {
  const auto& host = side.host;
  put_map(out, "annotations", find_object(host, "Annotations"), false);
  put_map(out, "sysctls", find_object(host, "Sysctls"), true);
  put_map(out, "storage_opt", find_object(host, "StorageOpt"), true);
  put_sorted(out, "cap_add", capabilities(host, "CapAdd"));
  put_sorted(out, "cap_drop", capabilities(host, "CapDrop"));
  put_sorted(out, "extra_hosts", texts(host, "ExtraHosts"));
  put_sorted(out, "group_add", texts(host, "GroupAdd"));
  put_ordered(out, "dns", texts(host, "Dns"));
  put_ordered(out, "dns_search", texts(host, "DnsSearch"));
  put_ordered(out, "dns_opt", texts(host, "DnsOptions"));
  if (flag(host, "Init")) put(out, "init", "true");
  if (flag(host, "Privileged")) put(out, "privileged", "true");
  if (flag(host, "ReadonlyRootfs")) put(out, "read_only", "true");
  const auto shm = integer(host, "ShmSize");
  if (shm != 0 && shm != default_shm_bytes) put(out, "shm_size", exact_bytes(shm));
  const auto usual = side.engine.default_runtime.empty() ? "runc" : side.engine.default_runtime;
  if (const auto runtime = text(host, "Runtime"); runtime != usual) put(out, "runtime", runtime);
  add_security(out, side);
  add_logging(out, host);
  add_namespaces(out, side);
  add_volumes_from(out, host);
  add_devices(out, host);
}

}  // namespace landfast::facts
