// SPDX-License-Identifier: Apache-2.0
#include "engine/docker_json.h"

#include <algorithm>

#include "base/text.h"
#include "engine/json_read.h"

namespace landfast {
namespace json = boost::json;

namespace {

ContainerStatus status_of(std::string_view text) {
  if (text == "running") return ContainerStatus::running;
  if (text == "paused") return ContainerStatus::paused;
  if (text == "restarting") return ContainerStatus::restarting;
  if (text == "removing") return ContainerStatus::removing;
  if (text == "exited") return ContainerStatus::exited;
  if (text == "dead") return ContainerStatus::dead;
  return ContainerStatus::created;
}

HealthStatus health_of(std::string_view text) {
  if (text == "starting") return HealthStatus::starting;
  if (text == "healthy") return HealthStatus::healthy;
  if (text == "unhealthy") return HealthStatus::unhealthy;
  return HealthStatus::none;
}

void read_state(Container& container, const json::object& state) {
  container.status = status_of(text_at(state, "Status"));
  container.exit_code = static_cast<int>(number_at(state, "ExitCode"));
  container.pid = number_at(state, "Pid");
  container.oom_killed = flag_at(state, "OOMKilled");
  container.started_at = text_at(state, "StartedAt");
  container.finished_at = text_at(state, "FinishedAt");
  container.error = text_at(state, "Error");
  container.health_log = object_at(state, "Health");
  container.health = health_of(text_at(container.health_log, "Status"));
}

}  // namespace

Container container_from(const json::object& inspected) {
  Container container;
  container.id = text_at(inspected, "Id");
  container.name = text_at(inspected, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  container.image_id = text_at(inspected, "Image");
  container.created = text_at(inspected, "Created");
  container.restart_count = static_cast<int>(number_at(inspected, "RestartCount"));
  container.config = object_at(inspected, "Config");
  container.image_ref = text_at(container.config, "Image");
  container.labels = text_map_at(container.config, "Labels");
  container.host_config = object_at(inspected, "HostConfig");
  const auto& policy = object_at(container.host_config, "RestartPolicy");
  container.restart_policy.name = text_at(policy, "Name");
  container.restart_policy.maximum_retry_count =
      static_cast<int>(number_at(policy, "MaximumRetryCount"));
  const auto& settings = object_at(inspected, "NetworkSettings");
  container.networks = object_at(settings, "Networks");
  container.published = object_at(settings, "Ports");
  container.mounts = array_at(inspected, "Mounts");
  read_state(container, object_at(inspected, "State"));
  return container;
}

Container listed_container_from(const json::object& listed) {
  Container container;
  container.id = text_at(listed, "Id");
  // With links there are further names, "/other/alias": its own has no second slash.
  for (const auto& name : texts_at(listed, "Names"))
    if (name.rfind('/') == 0) container.name = name.substr(1);
  container.image_id = text_at(listed, "ImageID");
  container.image_ref = text_at(listed, "Image");
  container.labels = text_map_at(listed, "Labels");
  container.status = status_of(text_at(listed, "State"));
  container.networks = object_at(object_at(listed, "NetworkSettings"), "Networks");
  container.mounts = array_at(listed, "Mounts");
  return container;
}

NetworkState network_from(const json::object& listed) {
  NetworkState network;
  network.id = text_at(listed, "Id");
  network.name = text_at(listed, "Name");
  network.driver = text_at(listed, "Driver");
  network.internal = flag_at(listed, "Internal");
  network.labels = text_map_at(listed, "Labels");
  network.raw = listed;
  return network;
}

VolumeState volume_from(const json::object& listed) {
  VolumeState volume;
  volume.name = text_at(listed, "Name");
  volume.driver = text_at(listed, "Driver");
  const auto bound = bound_folder(listed);
  volume.mountpoint = bound.empty() ? text_at(listed, "Mountpoint") : bound;
  volume.labels = text_map_at(listed, "Labels");
  volume.raw = listed;
  return volume;
}

Image image_from(const json::object& inspected) {
  Image image;
  image.id = text_at(inspected, "Id");
  image.tags = texts_at(inspected, "RepoTags");
  image.repo_digests = texts_at(inspected, "RepoDigests");
  image.created = text_at(inspected, "Created");
  image.os = text_at(inspected, "Os");
  image.architecture = text_at(inspected, "Architecture");
  image.size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_at(inspected, "Size")));
  image.config = object_at(inspected, "Config");
  return image;
}

EngineFacts facts_from(const json::object& version, const json::object& info,
                       std::string api_version) {
  EngineFacts facts;
  facts.version = text_at(version, "Version");
  facts.api_version = std::move(api_version);
  facts.os = text_at(version, "Os");
  facts.arch = text_at(version, "Arch");
  facts.storage_driver = text_at(info, "Driver");
  facts.root_dir = text_at(info, "DockerRootDir");
  facts.cgroup_version = text_at(info, "CgroupVersion");
  facts.memory_limit = flag_at(info, "MemoryLimit");
  facts.swap_limit = flag_at(info, "SwapLimit");
  facts.cpu_quota = flag_at(info, "CpuCfsQuota");
  facts.pids_limit = flag_at(info, "PidsLimit");
  for (const auto& option : texts_at(info, "SecurityOptions"))
    facts.rootless = facts.rootless || option.find("name=rootless") != std::string::npos;
  facts.swarm = text_at(object_at(info, "Swarm"), "LocalNodeState") == "active";
  for (const auto& runtime : object_at(info, "Runtimes"))
    facts.runtimes.emplace_back(runtime.key());
  std::sort(facts.runtimes.begin(), facts.runtimes.end());
  facts.warnings = texts_at(info, "Warnings");
  facts.id = text_at(info, "ID");
  return facts;
}

EngineEvent event_from(const json::object& message) {
  EngineEvent event;
  event.type = text_at(message, "Type");
  event.action = text_at(message, "Action");
  const auto& actor = object_at(message, "Actor");
  event.id = text_at(actor, "ID");
  event.attributes = text_map_at(actor, "Attributes");
  event.time_nano = number_at(message, "timeNano");
  return event;
}

std::string failure_text(std::string_view body) {
  constexpr std::size_t enough = 2000;
  std::string text;
  if (auto parsed = parse_json(body, "answer"); parsed && parsed->is_object())
    text = text_at(parsed->get_object(), "message");
  if (text.empty()) text = std::string(body);
  text = std::string(trim(text));
  if (text.size() > enough) text.resize(enough);
  while (text.ends_with('.')) text.pop_back();
  return printable(text);
}

Endpoints take_further_endpoints(json::object& body) {
  Endpoints further;
  auto* networking = body.if_contains("NetworkingConfig");
  if (!networking || !networking->is_object()) return further;
  auto* endpoints = networking->get_object().if_contains("EndpointsConfig");
  if (!endpoints || !endpoints->is_object() || endpoints->get_object().size() < 2) return further;
  auto& all = endpoints->get_object();
  const std::string mode = text_at(object_at(body, "HostConfig"), "NetworkMode");
  const std::string first = all.contains(mode) ? mode : std::string(all.begin()->key());
  for (const auto& [name, endpoint] : all)
    if (name != first)
      further.emplace_back(name, endpoint.is_object() ? endpoint.get_object() : json::object{});
  for (const auto& entry : further) all.erase(entry.first);
  return further;
}

namespace {

json::object* member(json::object& object, std::string_view key) {
  auto* value = object.if_contains(key);
  return value && value->is_object() ? &value->get_object() : nullptr;
}

Status check_mounts(const json::object& body, int api_minor) {
  for (const auto& mount : array_at(object_at(body, "HostConfig"), "Mounts")) {
    if (!mount.is_object()) continue;
    const auto& object = mount.get_object();
    if (api_minor < 45 && !text_at(object_at(object, "VolumeOptions"), "Subpath").empty())
      return fail(Code::unsupported, "this engine cannot mount a part of a volume (subpath)",
                  "it needs Docker Engine 26.0 (API 1.45) or newer");
    if (api_minor < 48 && text_at(object, "Type") == "image")
      return fail(Code::unsupported, "this engine cannot mount an image",
                  "it needs Docker Engine 28.0 (API 1.48) or newer");
  }
  return {};
}

// Below 1.44 the address of the main interface stands in the container's own configuration.
void move_mac_address(json::object& body) {
  auto* networking = member(body, "NetworkingConfig");
  auto* endpoints = networking ? member(*networking, "EndpointsConfig") : nullptr;
  if (!endpoints || endpoints->empty() || body.contains("MacAddress")) return;
  const std::string mode = text_at(object_at(body, "HostConfig"), "NetworkMode");
  const auto it = endpoints->contains(mode) ? endpoints->find(mode) : endpoints->begin();
  if (!it->value().is_object()) return;
  const std::string address = text_at(it->value().get_object(), "MacAddress");
  if (!address.empty()) body["MacAddress"] = address;
}

}  // namespace

Status fit_create_body(json::object& body, int api_minor) {
  TRY_VOID(check_mounts(body, api_minor));
  if (api_minor >= 44) return {};
  if (auto* health = member(body, "Healthcheck")) health->erase("StartInterval");
  if (auto* host = member(body, "HostConfig"); host && api_minor < 43) host->erase("Annotations");
  move_mac_address(body);
  return {};
}

Result<bool> JsonLines::feed(std::string_view bytes,
                             const std::function<bool(const json::object&)>& on_object) {
  constexpr std::size_t longest = 1u << 20;
  pending_.append(bytes);
  std::size_t from = 0;
  for (std::size_t end = 0; (end = pending_.find('\n', from)) != std::string::npos;
       from = end + 1) {
    const auto line = trim(std::string_view(pending_).substr(from, end - from));
    if (line.empty()) continue;
    TRY(const auto object, parse_object(line, "a line of the engine's stream"));
    if (!on_object(object)) return false;
  }
  pending_.erase(0, from);
  if (pending_.size() > longest)
    return fail(Code::corrupt, "a line of the engine's stream is longer than 1 MiB");
  return true;
}

}  // namespace landfast
