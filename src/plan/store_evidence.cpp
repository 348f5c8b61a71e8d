// SPDX-License-Identifier: Apache-2.0
#include "plan/store_evidence.h"

#include <algorithm>

#include "plan/names.h"

namespace landfast {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts_of(const json::object& object, const char* key) {
  std::vector<std::string> out;
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& item : value->as_array())
    if (item.is_string()) out.emplace_back(item.as_string());
  return out;
}

/// An image's or a container's Config: variables and argv.
void read_config(const json::object& config, StoreEvidence& into) {
  for (const auto& text : texts_of(config, "Env"))
    if (const auto at = text.find('='); at != std::string::npos)
      into.image_environment[text.substr(0, at)] = text.substr(at + 1);
  auto argv = texts_of(config, "Entrypoint");
  for (auto& word : texts_of(config, "Cmd")) argv.push_back(std::move(word));
  into.command = std::move(argv);
}

const VolumeState* volume_named(const World& world, const std::string& name) {
  const auto it = std::find_if(world.volumes.begin(), world.volumes.end(),
                               [&](const auto& v) { return v.name == name; });
  return it == world.volumes.end() ? nullptr : &*it;
}

bool has_target(const StoreEvidence& evidence, const std::string& target) {
  return std::any_of(evidence.places.begin(), evidence.places.end(),
                     [&](const auto& place) { return place.target == target; });
}

class Collector {
 public:
  Collector(const Project* project, const World& world,
            const std::map<std::string, std::vector<std::string>>& processes)
      : project_(project), world_(world), processes_(processes) {}

  std::vector<StoreEvidence> collect() {
    if (project_ != nullptr)
      for (const auto& [name, service] : project_->services) from_service(service);
    for (const auto& c : world_.containers) from_container(c);
    std::vector<StoreEvidence> out;
    for (auto& [name, evidence] : found_) out.push_back(std::move(evidence));
    return out;
  }

 private:
  void from_service(const Service& service) {
    auto& evidence = found_[service.name];
    evidence.service = service.name;
    evidence.declared = service.landfast.store;
    if (const auto image = world_.images.find(service.image); image != world_.images.end())
      read_config(image->second.config, evidence);
    for (const auto& [name, value] : service.environment)
      if (value) evidence.image_environment[name] = value->reveal();
    const auto entrypoint = texts_of(service.canonical.reveal(), "entrypoint");
    const auto command = texts_of(service.canonical.reveal(), "command");
    if (!entrypoint.empty() || !command.empty()) {
      evidence.command.insert(evidence.command.end(), entrypoint.begin(), entrypoint.end());
      evidence.command.insert(evidence.command.end(), command.begin(), command.end());
    }
    for (const auto& mount : service.mounts) {
      DataPlace place{{}, {}, mount.target, mount.read_only};
      if (mount.kind == MountKind::bind) {
        place.path = mount.source;
      } else if (mount.kind == MountKind::volume && !mount.source.empty()) {
        const auto volume = project_->volumes.find(mount.source);
        if (volume == project_->volumes.end()) continue;
        place.volume = volume->second.name;
        if (const auto* state = volume_named(world_, place.volume)) place.path = state->mountpoint;
      } else {
        continue;  // an anonymous volume is known by its container
      }
      evidence.places.push_back(std::move(place));
    }
  }

  void from_container(const Container& c) {
    const auto name = c.label(label::service);
    if (name.empty() || c.label(label::one_off) == "True" || !c.label(label::role).empty()) return;
    if (project_ != nullptr && !project_->services.contains(name) &&
        !project_->disabled.contains(name))
      return;
    auto& evidence = found_[name];
    evidence.service = name;
    if (evidence.command.empty() || project_ == nullptr) read_config(c.config, evidence);
    if (const auto p = processes_.find(c.id); p != processes_.end())
      evidence.processes.insert(evidence.processes.end(), p->second.begin(), p->second.end());
    for (const auto& item : c.mounts)
      if (item.is_object()) add_mount(item.as_object(), evidence);
  }

  void add_mount(const json::object& mount, StoreEvidence& into) {
    const auto kind = text_of(mount, "Type");
    const auto* writable = mount.if_contains("RW");
    DataPlace place{{}, text_of(mount, "Source"), text_of(mount, "Destination"), false};
    place.read_only = writable != nullptr && writable->is_bool() && !writable->as_bool();
    if (kind == "volume") place.volume = text_of(mount, "Name");
    if ((kind != "volume" && kind != "bind") || has_target(into, place.target)) return;
    // What the file no longer mounts there is not the service's any more.
    if (kind == "bind" && project_ != nullptr) return;
    if (kind == "volume" && project_ != nullptr && is_named(place.volume)) return;
    into.places.push_back(std::move(place));
  }

  /// Volumes that Compose made by name have its label; anonymous ones have none.
  [[nodiscard]] bool is_named(const std::string& volume) const {
    const auto* state = volume_named(world_, volume);
    return state != nullptr && state->labels.contains("com.docker.compose.volume");
  }

  const Project* project_;
  const World& world_;
  const std::map<std::string, std::vector<std::string>>& processes_;
  std::map<std::string, StoreEvidence> found_;
};

}  // namespace

std::vector<StoreEvidence> store_evidence(
    const Project* project, const World& world,
    const std::map<std::string, std::vector<std::string>>& processes) {
  return Collector(project, world, processes).collect();
}

}  // namespace landfast
