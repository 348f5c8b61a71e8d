// SPDX-License-Identifier: Apache-2.0
#include "plan/capabilities.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/create_body_parts.h"

namespace landfast {

namespace {

using namespace body;

/// Follows "deploy.resources.limits"; an empty object on the way is no value.
const Value* at(const Object& service, std::string_view path) {
  const Object* object = &service;
  while (true) {
    const auto dot = path.find('.');
    const auto* value = find(*object, path.substr(0, dot));
    if (!value) return nullptr;
    if (dot == std::string_view::npos) {
      const bool empty = (value->is_object() && value->get_object().empty()) ||
                         (value->is_array() && value->get_array().empty());
      return empty ? nullptr : value;
    }
    object = value->if_object();
    if (!object) return nullptr;
    path.remove_prefix(dot + 1);
  }
}

/// One attribute that is not done, and when that is so.
struct Rule {
  const char* path;
  bool (*applies)(const Value& value, const EngineFacts& engine);
  const char* text;
};

bool always(const Value&, const EngineFacts&) { return true; }
bool no_memory(const Value&, const EngineFacts& e) { return !e.memory_limit; }
bool no_swap(const Value&, const EngineFacts& e) { return e.memory_limit && !e.swap_limit; }
bool no_cpu(const Value&, const EngineFacts& e) { return !e.cpu_quota; }
bool no_pids(const Value&, const EngineFacts& e) { return !e.pids_limit; }
bool unified(const Value&, const EngineFacts& e) { return e.cgroup_version == "2"; }
bool unified_and_true(const Value& v, const EngineFacts& e) {
  return e.cgroup_version == "2" && v.is_bool() && v.get_bool();
}
bool no_weight(const Value&, const EngineFacts& e) {
  return std::any_of(e.warnings.begin(), e.warnings.end(), [](const auto& w) {
    return lower(w).find("blkio weight") != std::string::npos;
  });
}
bool before_1_43(const Value&, const EngineFacts& e) { return !api_at_least(e, "1.43"); }
bool before_1_44(const Value&, const EngineFacts& e) { return !api_at_least(e, "1.44"); }
bool not_windows(const Value&, const EngineFacts& e) { return e.os != "windows"; }
bool not_replicated(const Value& v, const EngineFacts&) { return text(v) != "replicated"; }
bool not_rollback(const Value& v, const EngineFacts&) { return text(v) != "rollback"; }
bool is_true(const Value& v, const EngineFacts&) { return v.is_bool() && v.get_bool(); }
bool without_nvidia(const Value&, const EngineFacts& e) {
  return !e.runtimes.empty() &&
         std::find(e.runtimes.begin(), e.runtimes.end(), "nvidia") == e.runtimes.end();
}
std::string architecture(const std::string& name) {
  if (name == "x86_64") return "amd64";
  return name == "aarch64" ? "arm64" : name;
}
bool other_platform(const Value& v, const EngineFacts& e) {
  const auto parts = split(text(v), '/');
  return parts.size() > 1 && !e.arch.empty() && architecture(parts[1]) != architecture(e.arch);
}

constexpr const char* needs_cgroup =
    "this engine cannot limit it (its kernel or cgroup set-up); it runs without this limit";
constexpr const char* only_swarm = "only Swarm does this; one engine runs it without";

constexpr Rule rules[] = {
    {"mem_limit", no_memory, needs_cgroup},
    {"mem_reservation", no_memory, needs_cgroup},
    {"memswap_limit", no_memory, needs_cgroup},
    {"memswap_limit", no_swap, needs_cgroup},
    {"deploy.resources.limits.memory", no_memory, needs_cgroup},
    {"deploy.resources.reservations.memory", no_memory, needs_cgroup},
    {"cpus", no_cpu, needs_cgroup},
    {"cpu_quota", no_cpu, needs_cgroup},
    {"cpu_period", no_cpu, needs_cgroup},
    {"deploy.resources.limits.cpus", no_cpu, needs_cgroup},
    {"pids_limit", no_pids, needs_cgroup},
    {"deploy.resources.limits.pids", no_pids, needs_cgroup},
    {"mem_swappiness", unified, "cgroup v2 has no swappiness; the host's own applies"},
    {"oom_kill_disable", unified_and_true, "cgroup v2 cannot disable the OOM killer"},
    {"cpu_rt_period", unified, "cgroup v2 has no real-time scheduling of containers"},
    {"cpu_rt_runtime", unified, "cgroup v2 has no real-time scheduling of containers"},
    {"blkio_config.weight", no_weight, "this kernel has no weights for block devices"},
    {"blkio_config.weight_device", no_weight, "this kernel has no weights for block devices"},
    {"annotations", before_1_43, "needs Docker Engine 24; this engine runs it without them"},
    {"healthcheck.start_interval", before_1_44,
     "needs Docker Engine 25; this engine checks at its usual interval, Landfast at once"},
    {"cpu_count", not_windows, "only for Windows containers"},
    {"cpu_percent", not_windows, "only for Windows containers"},
    {"credential_spec", not_windows, "only for Windows containers"},
    {"deploy.mode", not_replicated, only_swarm},
    {"deploy.endpoint_mode", always, only_swarm},
    {"deploy.labels", always, "labels of a Swarm service; containers take those of labels"},
    {"deploy.placement", always, only_swarm},
    {"deploy.update_config.failure_action", not_rollback,
     "a failed update is always undone whole: the old containers are back"},
    {"deploy.update_config.monitor", always, "the gate is readiness; nothing is watched after it"},
    {"deploy.update_config.max_failure_ratio", always, "one container that fails undoes all"},
    {"deploy.rollback_config", always, only_swarm},
    {"deploy.resources.reservations.cpus", always, only_swarm},
    {"deploy.resources.reservations.generic_resources", always, only_swarm},
    {"deploy.restart_policy.delay", always, "the engine chooses the delay itself"},
    {"deploy.restart_policy.window", always, "the engine has no such window"},
    {"gpus", without_nvidia, "no nvidia runtime is known here; the start may fail"},
    {"deploy.resources.reservations.devices", without_nvidia,
     "no nvidia runtime is known here; the start may fail"},
    {"develop", always, "only for docker compose watch"},
    {"use_api_socket", is_true,
     "the engine's socket is mounted; the registry credentials stay outside the container"},
    {"platform", other_platform, "not the engine's own; it needs an emulator on the host"},
};

Warning warning(const Service& service, const std::string& path, std::string text) {
  return {std::move(text), service.mark, "services." + service.name + "." + path};
}

void check_attempts(std::vector<Warning>& out, const Service& service, const Object& canonical) {
  if (at(canonical, "deploy.restart_policy.max_attempts") &&
      restart_policy(service).name != "on-failure")
    out.push_back(warning(service, "deploy.restart_policy.max_attempts",
                          "the engine counts attempts only with condition: on-failure"));
}

void check_networks(std::vector<Warning>& out, const Service& service, const Object& canonical,
                    const EngineFacts& engine) {
  if (text(canonical, "network_mode") == "host" && at(canonical, "ports"))
    out.push_back(warning(service, "ports", "with network_mode: host nothing is published"));
  const auto* networks = find_object(canonical, "networks");
  if (!networks || api_at_least(engine, "1.48")) return;
  for (const auto& [name, value] : *networks)
    if (const auto* options = value.if_object())
      for (const auto* key : {"gw_priority", "interface_name"})
        if (find(*options, key))
          out.push_back(warning(service, fmt::format("networks.{}.{}", std::string{name}, key),
                                "needs Docker Engine 28; this engine ignores it"));
}

void check_mounts(std::vector<Warning>& out, const Service& service, const Object& canonical,
                  const EngineFacts& engine) {
  const auto* volumes = find_array(canonical, "volumes");
  if (!volumes || api_at_least(engine, "1.44")) return;
  for (std::size_t i = 0; i < volumes->size(); ++i) {
    const auto* mount = (*volumes)[i].if_object();
    const auto* recursive = mount ? at(*mount, "bind.recursive") : nullptr;
    if (recursive && text(*recursive) != "disabled" && text(*recursive) != "enabled")
      out.push_back(warning(service, fmt::format("volumes[{}].bind.recursive", i),
                            "needs Docker Engine 25; mounts below stay writable"));
  }
}

/// The engine mounts a file as it is on the host.
void check_grants(std::vector<Warning>& out, const Service& service, const Object& canonical,
                  const std::string& attribute, const std::map<std::string, FileObject>& objects) {
  const auto* grants = find_array(canonical, attribute);
  if (!grants) return;
  for (std::size_t i = 0; i < grants->size(); ++i) {
    const auto* grant = (*grants)[i].if_object();
    if (!grant) continue;
    const auto it = objects.find(text(*grant, "source"));
    if (it == objects.end() || it->second.file.empty()) continue;
    for (const auto* key : {"uid", "gid", "mode"})
      if (find(*grant, key))
        out.push_back(warning(service, fmt::format("{}[{}].{}", attribute, i, key),
                              "a mounted file keeps the owner and mode of the host"));
  }
}

}  // namespace

std::vector<Warning> what_engine_cannot(const Project& project, const EngineFacts& engine) {
  std::vector<Warning> out;
  for (const auto& [name, service] : project.services) {
    const auto& canonical = service.canonical.reveal();
    for (const auto& rule : rules)
      if (const auto* value = at(canonical, rule.path); value && rule.applies(*value, engine))
        out.push_back(warning(service, rule.path, rule.text));
    check_attempts(out, service, canonical);
    check_networks(out, service, canonical, engine);
    check_mounts(out, service, canonical, engine);
    check_grants(out, service, canonical, "configs", project.configs);
    check_grants(out, service, canonical, "secrets", project.secrets);
  }
  for (const auto& [key, network] : project.networks)
    if (find(network.canonical, "enable_ipv4") && !api_at_least(engine, "1.48"))
      out.push_back({"needs Docker Engine 28; this engine gives IPv4 addresses", network.mark,
                     "networks." + key + ".enable_ipv4"});
  return out;
}

}  // namespace landfast
