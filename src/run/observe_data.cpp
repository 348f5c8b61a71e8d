// SPDX-License-Identifier: Apache-2.0
#include "run/observe_data.h"

#include <algorithm>
#include <map>
#include <set>

#include "plan/names.h"
#include "plan/store_evidence.h"

namespace landfast {
namespace {

using Contents = std::map<std::string, VolumeContent>;
using Processes = std::map<std::string, std::vector<std::string>>;

VolumeState volume_at(const World& world, const std::string& volume, const std::string& path) {
  const auto it = std::find_if(world.volumes.begin(), world.volumes.end(),
                               [&](const auto& v) { return !volume.empty() && v.name == volume; });
  if (it != world.volumes.end()) return *it;
  VolumeState bind;
  bind.mountpoint = path;
  return bind;
}

Task<void> look_into(const Ports& ports, VolumeState volume, Contents& into) {
  const auto path = volume.mountpoint;
  auto content = co_await ports.volumes.content(std::move(volume));
  if (content) into.emplace(path, std::move(*content));
}

Task<void> ask_processes(const Ports& ports, std::string id, Processes& into) {
  auto names = co_await ports.engine.processes(id);
  if (names) into.emplace(std::move(id), std::move(*names));  // else it has just ended
}

/// Services whose volume tells nothing yet although they run: their processes may.
std::set<std::string> silent_services(const std::vector<StoreEvidence>& services,
                                      const Contents& contents) {
  std::set<std::string> silent;
  for (const auto& s : services)
    for (const auto& place : s.places) {
      const auto content = contents.find(place.path);
      if (!place.read_only && !place.volume.empty() && s.declared.empty() &&
          (content == contents.end() || content->second.files.empty()))
        silent.insert(s.service);
    }
  return silent;
}

Task<void> measure(const Ports& ports, VolumeState volume, World& world) {
  const bool is_folder = volume.name.empty();
  const auto path = volume.mountpoint;
  auto facts = co_await ports.volumes.facts(std::move(volume));
  if (facts) {
    world.volume_facts[path] = std::move(*facts);
  } else if (is_folder && facts.error().code == Code::not_found && world.sees_volumes) {
    // Where the engine's own folder is seen, its host is this one: the folder is yet to be made.
    world.volume_facts[path].path = path;
  }
}

}  // namespace

VolumeState volume_of(const World& world, const Store& store) {
  return volume_at(world, store.volume, store.path);
}

Task<Status> observe_stores(const Ports& ports, const Project* project, World& world) {
  Processes processes;
  Contents contents;
  auto evidence = store_evidence(project, world, processes);
  std::map<std::string, VolumeState> places;
  for (const auto& service : evidence)
    for (const auto& place : service.places)
      if (!place.read_only && !place.path.empty())
        places.emplace(place.path, volume_at(world, place.volume, place.path));
  TaskGroup looking;
  for (const auto& [path, volume] : places) looking.spawn(look_into(ports, volume, contents));
  co_await looking.join();
  const auto silent = silent_services(evidence, contents);
  TaskGroup asking;
  for (const auto& c : world.containers)
    if (c.status == ContainerStatus::running && silent.contains(c.label(label::service)))
      asking.spawn(ask_processes(ports, c.id, processes));
  co_await asking.join();
  if (!processes.empty()) evidence = store_evidence(project, world, processes);
  world.stores = detect_stores(evidence, contents);
  co_return Status{};
}

Task<Status> observe_volume_facts(const Ports& ports, World& world, std::vector<Store> stores) {
  TaskGroup measuring;
  std::set<std::string> paths;
  for (const auto& store : stores)
    if (!store.path.empty() && paths.insert(store.path).second)
      measuring.spawn(measure(ports, volume_of(world, store), world));
  co_await measuring.join();
  co_return Status{};
}

}  // namespace landfast
