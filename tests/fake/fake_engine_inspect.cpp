// SPDX-License-Identifier: Apache-2.0
// How the fake engine merges what it is given and shows what it has: as Docker 20.10 does.
#include <boost/json/parse.hpp>
#include <set>

#include "base/digest.h"
#include "fake/fake_engine_daemon.h"
#include "fake/fake_engine_json.h"

namespace landfast {
namespace json = boost::json;
using namespace fake;

namespace {

// `GET /containers/{id}/json` of a container that was created with an image only (20.10.24).
constexpr std::string_view host_defaults = R"({"Binds":null,"ContainerIDFile":"",
"LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"default","PortBindings":null,
"RestartPolicy":{"Name":"","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"",
"VolumesFrom":null,"CapAdd":null,"CapDrop":null,"CgroupnsMode":"host","Dns":null,
"DnsOptions":null,"DnsSearch":null,"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private",
"Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,
"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":67108864,
"Runtime":"runc","ConsoleSize":[0,0],"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,
"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":null,"BlkioDeviceReadBps":null,
"BlkioDeviceWriteBps":null,"BlkioDeviceReadIOps":null,"BlkioDeviceWriteIOps":null,"CpuPeriod":0,
"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"",
"Devices":null,"DeviceCgroupRules":null,"DeviceRequests":null,"KernelMemory":0,
"KernelMemoryTCP":0,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":null,
"OomKillDisable":false,"PidsLimit":null,"Ulimits":null,"CpuCount":0,"CpuPercent":0,
"IOMaximumIOps":0,"IOMaximumBandwidth":0,
"MaskedPaths":["/proc/asound","/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats",
"/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware"],
"ReadonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]})";

constexpr std::string_view config_defaults = R"({"Hostname":"","Domainname":"","User":"",
"AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,
"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"WorkingDir":"",
"Entrypoint":null,"OnBuild":null,"Labels":{}})";

bool is_empty(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return !v || v->is_null() || (v->is_string() && v->get_string().empty()) ||
         (v->is_array() && v->get_array().empty());
}

void inherit(json::object& config, const json::object& image, std::string_view key) {
  if (is_empty(config, key) && image.contains(key)) config[key] = image.at(key);
}

void inherit_keys(json::object& config, const json::object& image, std::string_view key) {
  const auto& more = object_of(image, key);
  if (more.empty()) return;
  json::object all = object_of(config, key);
  for (const auto& [name, value] : more)
    if (!all.contains(name)) all[name] = value;
  config[key] = std::move(all);
}

std::string variable(const std::string& entry) { return entry.substr(0, entry.find('=')); }

void inherit_environment(json::object& config, const json::object& image) {
  json::array env;
  std::set<std::string> names;
  for (const auto& entry : words_of(config, "Env")) {
    names.insert(variable(entry));
    env.emplace_back(entry);
  }
  for (const auto& entry : words_of(image, "Env"))
    if (!names.contains(variable(entry))) env.emplace_back(entry);
  if (!env.empty()) config["Env"] = std::move(env);
}

void inherit_command(json::object& config, const json::object& image) {
  if (is_empty(config, "Entrypoint")) {
    if (is_empty(config, "Cmd")) inherit(config, image, "Cmd");
    inherit(config, image, "Entrypoint");
  }
  if (words_of(config, "Entrypoint") == std::vector<std::string>{""})
    config["Entrypoint"] = nullptr;
}

void inherit_healthcheck(json::object& config, const json::object& image) {
  const auto& given = object_of(image, "Healthcheck");
  if (given.empty()) return;
  json::object all = object_of(config, "Healthcheck");
  for (const auto& [key, value] : given)
    if (is_empty(all, key) || number_of(all, key) == 0) all[key] = value;
  config["Healthcheck"] = std::move(all);
}

std::string_view health_word(HealthStatus h) {
  switch (h) {
  case HealthStatus::none:
    return "none";
  case HealthStatus::starting:
    return "starting";
  case HealthStatus::healthy:
    return "healthy";
  case HealthStatus::unhealthy:
    return "unhealthy";
  }
  return "none";
}

json::object shown_endpoint(const FakeContainer& c, const FakeEndpoint& e) {
  json::array aliases;
  for (const auto& alias : e.aliases) aliases.emplace_back(alias);
  const auto* ipam = e.config.if_contains("IPAMConfig");
  json::object o{{"IPAMConfig", ipam ? *ipam : json::value(nullptr)},
                 {"Links", nullptr},
                 {"Aliases", aliases.empty() ? json::value(nullptr) : json::value(aliases)},
                 {"NetworkID", e.network_id},
                 {"EndpointID", c.up() ? sha256_hex(c.id + e.network_id) : std::string{}},
                 {"Gateway", e.ip.empty() ? "" : e.ip.substr(0, e.ip.rfind('.')) + ".1"},
                 {"IPAddress", e.ip},
                 {"IPPrefixLen", e.ip.empty() ? 0 : 16},
                 {"IPv6Gateway", ""},
                 {"GlobalIPv6Address", ""},
                 {"GlobalIPv6PrefixLen", 0},
                 {"MacAddress", ""},
                 {"DriverOpts", nullptr}};
  return o;
}

json::object shown_mount(const FakeMount& m) {
  json::object o{{"Type", m.type}};
  if (m.type == "volume") {
    o["Name"] = m.name;
    o["Source"] = "/var/lib/docker/volumes/" + m.name + "/_data";
    o["Driver"] = "local";
  } else {
    o["Source"] = m.source;
  }
  o["Destination"] = m.target;
  o["Mode"] = m.anonymous ? "" : "z";
  o["RW"] = !m.read_only;
  o["Propagation"] = m.type == "bind" ? "rprivate" : "";
  return o;
}

json::object shown_ports(const FakeContainer& c) {
  json::object ports;
  if (!c.up()) return ports;
  for (const auto& [key, value] : object_of(c.config, "ExposedPorts")) ports[key] = nullptr;
  for (const auto& p : c.published) {
    const auto key = std::to_string(p.target) + "/" + p.protocol;
    json::array list = array_of(ports, key);
    const std::string ip = p.host_ip.empty() ? "0.0.0.0" : p.host_ip;
    list.push_back(json::object{{"HostIp", ip}, {"HostPort", std::to_string(p.host)}});
    if (p.host_ip.empty())
      list.push_back(json::object{{"HostIp", "::"}, {"HostPort", std::to_string(p.host)}});
    ports[key] = std::move(list);
  }
  return ports;
}

}  // namespace

std::string full_reference(std::string reference) {
  for (const std::string_view prefix : {"docker.io/", "index.docker.io/", "library/"})
    if (reference.starts_with(prefix)) reference.erase(0, prefix.size());
  if (reference.find('@') != std::string::npos || reference.starts_with("sha256:"))
    return reference;
  const auto slash = reference.rfind('/');
  if (reference.find(':', slash == std::string::npos ? 0 : slash) == std::string::npos)
    reference += ":latest";
  return reference;
}

json::object merged_config(const json::object& body, const FakeImage& image,
                           const std::string& id) {
  json::object config = json::parse(config_defaults).as_object();
  for (const auto& [key, value] : body)
    if (key != "HostConfig" && key != "NetworkingConfig") config[key] = value;
  for (const auto* key : {"User", "WorkingDir", "StopSignal", "Shell"})
    inherit(config, image.config, key);
  for (const auto* key : {"ExposedPorts", "Volumes", "Labels"})
    inherit_keys(config, image.config, key);
  inherit_environment(config, image.config);
  inherit_command(config, image.config);
  inherit_healthcheck(config, image.config);
  const auto mode = text_of(object_of(body, "HostConfig"), "NetworkMode");
  if (is_empty(config, "Hostname") && mode != "host") config["Hostname"] = id.substr(0, 12);
  return config;
}

json::object merged_host_config(const json::object& given) {
  json::object host = json::parse(host_defaults).as_object();
  for (const auto& [key, value] : given) host[key] = value;
  if (text_of(host, "NetworkMode").empty()) host["NetworkMode"] = "default";
  return host;
}

std::vector<std::string> health_argv(const json::object& config) {
  auto test = words_of(object_of(config, "Healthcheck"), "Test");
  if (test.empty() || test[0] == "NONE") return {};
  if (test[0] == "CMD-SHELL") return {"/bin/sh", "-c", test.size() > 1 ? test[1] : ""};
  test.erase(test.begin());
  return test;
}

Container to_container(const FakeContainer& c) {
  Container out;
  out.id = c.id;
  out.name = c.name;
  out.image_id = c.image_id;
  out.image_ref = text_of(c.config, "Image");
  out.labels = labels_of(c.config, "Labels");
  out.status = c.status;
  out.health = c.health;
  out.exit_code = c.exit_code;
  out.pid = c.pid;
  out.restart_count = c.restart_count;
  out.created = c.created;
  out.started_at = c.started_at;
  out.finished_at = c.finished_at;
  out.error = c.error;
  out.restart_policy = c.policy;
  out.config = c.config;
  out.host_config = c.host_config;
  for (const auto& [name, e] : c.endpoints) out.networks[name] = shown_endpoint(c, e);
  out.published = shown_ports(c);
  for (const auto& m : c.mounts) out.mounts.push_back(shown_mount(m));
  if (c.started_before && !health_argv(c.config).empty())
    out.health_log = {{"Status", health_word(c.health)},
                      {"FailingStreak", c.failing_streak},
                      {"Log", c.health_log}};
  return out;
}

}  // namespace landfast
