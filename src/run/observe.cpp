// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "plan/claim.h"
#include "plan/guard.h"
#include "plan/names.h"
#include "plan/shared_namespaces.h"
#include "run/edges.h"
#include "run/observe_data.h"
#include "run/run.h"
#include "run/standing.h"

namespace landfast {
namespace {

template <class T>
Task<void> keep(Task<Result<T>> task, std::optional<Result<T>>& into) {
  into = co_await task;
}

Task<void> look_at_image(const Ports& ports, std::string reference,
                         std::map<std::string, Image>& into, std::optional<Error>& error) {
  auto image = co_await ports.engine.image(reference);
  if (image) {
    into.emplace(std::move(reference), std::move(*image));
  } else if (image.error().code != Code::not_found) {
    error = std::move(image).error();
  }
}

/// The images that the project names and those of the containers that are there.
Task<Status> images(const Ports& ports, const Project* project, World& world) {
  std::set<std::string> references, ids;
  if (project != nullptr)
    for (const auto& [name, service] : project->services)
      if (!service.image.empty()) references.insert(service.image);
  for (const auto& c : world.containers) ids.insert(c.image_id);
  std::optional<Error> error;
  TaskGroup group;
  for (const auto& r : references) group.spawn(look_at_image(ports, r, world.images, error));
  for (const auto& id : ids) group.spawn(look_at_image(ports, id, world.images_by_id, error));
  co_await group.join();
  if (error) co_return fail(std::move(*error));
  co_return Status{};
}

struct WantedPort {
  std::uint16_t port = 0;
  std::string protocol;
  bool operator<(const WantedPort& o) const {
    return std::tie(port, protocol) < std::tie(o.port, o.protocol);
  }
};

std::set<WantedPort> wanted_ports(const Project* project) {
  std::set<WantedPort> wanted;
  if (project == nullptr) return wanted;
  for (const auto& [name, service] : project->services)
    for (const auto& p : service.ports) {
      WantedPort w;
      w.protocol = p.protocol;
      const auto& text = p.published;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), w.port);
      if (error == std::errc{} && end == text.data() + text.size()) wanted.insert(std::move(w));
    }
  for (const auto& [name, service] : project->services)
    for (const auto& route : service.landfast.routes) {
      if (route.published != 0) wanted.insert({route.published, "tcp"});
      if (!route.host.empty())
        for (const auto& p :
             {WantedPort{80, "tcp"}, {443, "tcp"}, {443, "udp"}, {behind_port, "tcp"}})
          wanted.insert(p);
    }
  return wanted;
}

/// The ports that a container publishes, of those that are wanted.
void published(const Container& c, const std::set<WantedPort>& wanted,
               std::vector<PortHolder>& into) {
  for (const auto& entry : c.published) {
    const std::string key(entry.key());
    const auto protocol = key.substr(key.find('/') + 1);
    if (!entry.value().is_array()) continue;
    for (const auto& binding : entry.value().as_array()) {
      if (!binding.is_object()) continue;
      const auto& b = binding.as_object();
      const auto* host_port = b.if_contains("HostPort");
      const auto* host_ip = b.if_contains("HostIp");
      if (host_port == nullptr || !host_port->is_string()) continue;
      WantedPort w;
      w.protocol = protocol;
      const auto& text = host_port->as_string();
      std::from_chars(text.data(), text.data() + text.size(), w.port);
      if (!wanted.contains(w)) continue;
      PortHolder holder;
      holder.port = w.port;
      holder.protocol = protocol;
      if (host_ip != nullptr && host_ip->is_string()) holder.host_ip = host_ip->as_string();
      holder.container_id = c.id;
      const auto stack = c.label(label::project);
      holder.holder =
          fmt::format("the container {}{}", c.name, stack.empty() ? "" : " of stack ") + stack;
      into.push_back(std::move(holder));
    }
  }
}

/// Ports of the host that the project wants and somebody holds; other stacks' containers are asked
/// for only where a process listens and none of our own containers explains it.
Task<Status> held_ports(const Ports& ports, const Project* project, World& world) {
  const auto wanted = wanted_ports(project);
  if (wanted.empty()) co_return Status{};
  for (const auto& c : world.containers) published(c, wanted, world.ports);
  CO_TRY(const auto listening, ports.host.listening_ports());
  std::vector<PortHolder> unexplained;
  for (const auto& l : listening) {
    WantedPort w;
    w.port = l.port;
    w.protocol = l.protocol;
    const bool ours = std::any_of(world.ports.begin(), world.ports.end(), [&](const auto& p) {
      return p.port == l.port && p.protocol == l.protocol;
    });
    if (wanted.contains(w) && !ours) unexplained.push_back(l);
  }
  if (unexplained.empty()) co_return Status{};
  ContainerFilter running;
  running.all = false;
  CO_TRY(const auto others, co_await ports.engine.containers(std::move(running)));
  const auto own = world.ports.size();
  for (const auto& c : others)
    if (project == nullptr || c.label(label::project) != project->name)
      published(c, wanted, world.ports);
  std::erase_if(unexplained, [&](const auto& l) {
    return std::any_of(world.ports.begin() + static_cast<std::ptrdiff_t>(own), world.ports.end(),
                       [&](const auto& p) { return p.port == l.port && p.protocol == l.protocol; });
  });
  ports.host.name_holders(unexplained);
  for (auto& l : unexplained) {
    if (l.holder.empty()) l.holder = "a process that cannot be seen from here";
    world.ports.push_back(std::move(l));
  }
  co_return Status{};
}

/// Who shares a namespace with the process that its owner had before it was started again.
void find_cut_off(const Ports& ports, World& world) {
  for (const auto& c : world.containers)
    for (const auto& joined : joined_namespaces(c)) {
      const auto owner = std::find_if(world.containers.begin(), world.containers.end(),
                                      [&](const auto& o) { return o.id == joined.second; });
      if (owner == world.containers.end() || !is_cut_off(ports.probe, c, *owner, joined.first))
        continue;
      world.cut_off.insert(c.id);
    }
}

bool has_label(const std::map<std::string, std::string>& labels, const std::string& stack) {
  const auto it = labels.find(label::project);
  return it != labels.end() && it->second == stack;
}

/// Whether an image is one that watches registries and replaces containers on its own.
bool is_updater(const Container& c) {
  const auto reference = c.image_ref.substr(0, c.image_ref.find('@'));
  const auto slash = reference.rfind('/');
  const auto name = reference.substr(slash == std::string::npos ? 0 : slash + 1);
  const auto repository = name.substr(0, name.find(':'));
  return repository == "watchtower" || repository == "ouroboros" ||
         c.label("com.centurylinklabs.watchtower") == "true";
}

/// Which directory each volume names now: what tells whether two were exchanged. What cannot be
/// seen is left out: an undo then looks again.
void look_at_folders(const Ports& ports, World& world) {
  for (const auto& v : world.volumes) {
    if (v.driver == "local" && !v.mountpoint.empty())
      if (const auto identity = ports.volumes.identity(v.mountpoint))
        world.identities[v.name] = *identity;
    if (const auto of = v.labels.find(label::of);
        of != v.labels.end() && of->second.starts_with('/'))
      if (const auto identity = ports.volumes.identity(of->second))
        world.identities[of->second] = *identity;
  }
  world.sees_volumes = ports.volumes.identity(world.engine.root_dir + "/volumes").has_value();
}

std::string mounted_volume(const boost::json::value& mount) {
  if (!mount.is_object()) return {};
  const auto* name = mount.as_object().if_contains("Name");
  return name != nullptr && name->is_string() ? std::string(name->as_string()) : std::string{};
}

/// Who else is in the stack's own networks and volumes, and who may change containers of it.
void look_around(const std::vector<Container>& all, const std::string& stack, World& world) {
  std::set<std::string> networks, volumes;
  for (const auto& n : world.networks)
    if (has_label(n.labels, stack)) networks.insert(n.name);
  for (const auto& v : world.volumes)
    if (has_label(v.labels, stack)) volumes.insert(v.name);
  for (const auto& c : all) {
    if (c.status == ContainerStatus::running && is_updater(c))
      world.updaters.push_back(fmt::format("{} ({})", c.name, c.image_ref));
    if (c.label(label::project) == stack || !c.label(label::role).empty()) continue;
    ForeignContainer foreign{c.name, c.label(label::project), {}, {}};
    for (const auto& entry : c.networks)
      if (networks.contains(std::string(entry.key()))) foreign.networks.emplace_back(entry.key());
    for (const auto& mount : c.mounts)
      if (auto name = mounted_volume(mount); volumes.contains(name)) {
        world.foreign_volume_users[name].push_back(c.name);
        foreign.volumes.push_back(std::move(name));
      }
    if (!foreign.networks.empty() || !foreign.volumes.empty())
      world.foreign.push_back(std::move(foreign));
  }
  std::sort(world.foreign.begin(), world.foreign.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(world.updaters.begin(), world.updaters.end());
}

/// Containers of others that have a store's volume mounted, by its name or its path, or a bind
/// mount which is a store here, or a folder around or in it.
void look_at_shared_folders(const std::vector<Container>& all, const std::string& stack,
                            World& world) {
  for (const auto& store : world.stores)
    for (const auto& c : all) {
      if (c.label(label::project) == stack || !c.label(label::role).empty()) continue;
      auto& users = world.foreign_volume_users[store.place()];
      const bool known = std::find(users.begin(), users.end(), c.name) != users.end();
      if (!known && mounts(c, store)) users.push_back(c.name);
    }
}

}  // namespace

Task<Result<World>> observe(const Ports& ports, std::string stack, const Project* project) {
  std::optional<Result<EngineFacts>> facts;
  std::optional<Result<std::vector<Container>>> containers;
  std::optional<Result<std::vector<Container>>> everything;
  std::optional<Result<std::vector<NetworkState>>> networks;
  std::optional<Result<std::vector<VolumeState>>> volumes;
  ContainerFilter filter;
  filter.project = stack;
  ContainerFilter brief;
  brief.brief = true;
  TaskGroup group;
  group.spawn(keep(ports.engine.facts(), facts));
  group.spawn(keep(ports.engine.containers(std::move(filter)), containers));
  group.spawn(keep(ports.engine.containers(std::move(brief)), everything));
  group.spawn(keep(ports.engine.networks(), networks));
  group.spawn(keep(ports.engine.volumes(), volumes));
  co_await group.join();
  World world;
  CO_TRY(world.engine, std::move(*facts));
  CO_TRY(world.containers, std::move(*containers));
  CO_TRY(world.networks, std::move(*networks));
  CO_TRY(world.volumes, std::move(*volumes));
  find_cut_off(ports, world);
  look_at_folders(ports, world);
  CO_TRY(const auto all, std::move(*everything));
  for (const auto& c : all)
    if (is_keep(c, stack)) world.keep = c;
  look_around(all, stack, world);
  CO_TRY_VOID(co_await observe_edges(ports, stack, project, all, world));
  CO_TRY_VOID(co_await images(ports, project, world));
  CO_TRY_VOID(co_await held_ports(ports, project, world));
  if (project != nullptr) CO_TRY_VOID(co_await observe_stores(ports, project, world));
  look_at_shared_folders(all, stack, world);
  if (const auto disk = ports.host.free_disk(world.engine.root_dir)) world.free_disk_bytes = *disk;
  if (const auto memory = ports.host.free_memory()) world.free_memory_bytes = *memory;
  co_return world;
}

}  // namespace landfast
