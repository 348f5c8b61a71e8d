// SPDX-License-Identifier: Apache-2.0
#include "plan/preconditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "plan/capabilities.h"
#include "plan/edge_names.h"
#include "plan/names.h"

namespace landfast {
namespace {

class Findings {
 public:
  void add(std::string text, const Mark& mark, std::string path, std::string hint) {
    Error e;
    e.code = Code::invalid;
    e.text = std::move(text);
    e.mark = mark;
    e.path = std::move(path);
    e.hint = std::move(hint);
    all_.push_back(std::move(e));
  }
  void add(Error error) { all_.push_back(std::move(error)); }
  Status result() {
    if (all_.empty()) return {};
    auto first = std::move(all_.front());
    first.more.assign(std::make_move_iterator(all_.begin() + 1),
                      std::make_move_iterator(all_.end()));
    return fail(std::move(first));
  }

 private:
  std::vector<Error> all_;
};

bool has_network(const World& world, const std::string& name) {
  return std::any_of(world.networks.begin(), world.networks.end(),
                     [&](const auto& n) { return n.name == name; });
}

bool has_volume(const World& world, const std::string& name) {
  return std::any_of(world.volumes.begin(), world.volumes.end(),
                     [&](const auto& v) { return v.name == name; });
}

void check_externals(const DeployInput& in, Findings& findings) {
  for (const auto& [key, network] : in.project.networks)
    if (network.external && !has_network(in.world, network.name))
      findings.add(fmt::format("the external network {} does not exist", network.name),
                   network.mark, "networks." + key,
                   fmt::format("docker network create {}", network.name));
  for (const auto& [key, volume] : in.project.volumes)
    if (volume.external && !has_volume(in.world, volume.name))
      findings.add(fmt::format("the external volume {} does not exist", volume.name), volume.mark,
                   "volumes." + key, fmt::format("docker volume create {}", volume.name));
}

/// --new-volume names it.
bool may_begin_empty(const DeployInput& in, const std::string& place) {
  const auto& allowed = in.options.new_volumes;
  return std::find(allowed.begin(), allowed.end(), place) != allowed.end();
}

/// A volume that this stack had and that is gone must not come back empty without a word.
void check_known_volumes(const DeployInput& in, Findings& findings) {
  const bool nothing_left =
      in.world.containers.empty() &&
      std::none_of(in.world.volumes.begin(), in.world.volumes.end(), [&](const auto& v) {
        const auto it = v.labels.find(label::project);
        return it != v.labels.end() && it->second == in.project.name;
      });
  if (nothing_left) return;
  const auto missing = missing_volumes(in.project, in.world);
  for (const auto& [key, volume] : in.project.volumes) {
    const auto& known = in.history.volumes;
    if (!missing.contains(volume.name) ||
        std::find(known.begin(), known.end(), volume.name) == known.end() ||
        may_begin_empty(in, volume.name))
      continue;
    findings.add(
        fmt::format("the volume {}, which this stack has used, is gone", volume.name), volume.mark,
        "volumes." + key,
        fmt::format("bring it back, or begin with an empty one: --new-volume {}", volume.name));
  }
}

/// Whether the file itself gives the store its place. A client of a database often has its image,
/// and with it an anonymous volume in which nothing ever is.
bool is_declared(const Project& project, const Store& store) {
  return store.volume.empty() ||
         std::any_of(project.volumes.begin(), project.volumes.end(),
                     [&](const auto& v) { return v.second.name == store.volume; });
}

/// A database of the release that serves has files: where it has none, somebody has put an empty
/// volume or folder in its place, and it would start as a new one.
void check_emptied_stores(const DeployInput& in, Findings& findings) {
  const auto& release = in.history.current;
  if (!release || in.history.closed) return;
  for (const auto& store : in.world.stores) {
    if (!store.empty || !is_never_empty(store.kind) || !release->services.contains(store.service) ||
        !in.project.services.contains(store.service) || !is_declared(in.project, store) ||
        may_begin_empty(in, store.place()))
      continue;
    findings.add(
        fmt::format("{}, where {} keeps the {} data of {}, is empty", store.place(), store.service,
                    to_string(store.kind), release_name(*release)),
        in.project.services.at(store.service).mark, "services." + store.service + ".volumes",
        fmt::format("bring the data back, or begin without: --new-volume {}", store.place()));
  }
}

bool overlaps(const std::string& a, const std::string& b) {
  const auto all = [](const std::string& ip) {
    return ip.empty() || ip == "0.0.0.0" || ip == "::";
  };
  return all(a) || all(b) || a == b;
}

/// Containers that this plan stops: their ports become free.
std::vector<std::string> stopped_containers(const DeployInput& in) {
  std::vector<std::string> ids;
  for (const auto& [name, d] : in.decisions)
    for (const auto& c : d.containers)
      if (c.old != nullptr && (c.action == Action::replace || c.action == Action::remove))
        ids.push_back(c.old->id);
  if (in.options.remove_orphans)
    for (const auto* c : orphans(in.project, in.world)) ids.push_back(c->id);
  return ids;
}

void check_ports(const DeployInput& in, Findings& findings) {
  const auto stopped = stopped_containers(in);
  for (const auto& name : in.order) {
    const auto& d = in.decisions.at(name);
    if (!d.renews() && !d.has(Action::start)) continue;
    for (std::size_t i = 0; i < d.service->ports.size(); ++i) {
      const auto& port = d.service->ports[i];
      if (is_taken_over(*d.service, port.published, port.protocol)) continue;  // see plan_edges
      std::uint16_t number = 0;
      const auto& text = port.published;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{} || end != text.data() + text.size() || number == 0) continue;
      for (const auto& held : in.world.ports) {
        if (held.port != number || held.protocol != port.protocol ||
            !overlaps(held.host_ip, port.host_ip) ||
            std::find(stopped.begin(), stopped.end(), held.container_id) != stopped.end())
          continue;
        findings.add(
            fmt::format("port {}{} is held by {}", port.host_ip.empty() ? "" : port.host_ip + ":",
                        number, held.holder),
            d.service->mark, fmt::format("services.{}.ports[{}]", name, i),
            "end what holds it, or publish another port");
        break;
      }
    }
  }
}

void check_images(const DeployInput& in, Findings& findings) {
  for (const auto& name : in.order) {
    const auto& d = in.decisions.at(name);
    if (!d.renews() || in.world.images.contains(d.service->image)) continue;
    if (d.service->pull_policy == "never")
      findings.add(fmt::format("the image {} is not on this engine, and pull_policy is never",
                               d.service->image),
                   d.service->mark, "services." + name + ".image",
                   fmt::format("docker pull {}", d.service->image));
  }
}

}  // namespace

Status check_preconditions(const DeployInput& input) {
  Findings findings;
  check_externals(input, findings);
  check_known_volumes(input, findings);
  check_emptied_stores(input, findings);
  check_images(input, findings);
  check_ports(input, findings);
  for (const auto& name : input.order)
    for (auto& error : overlap_refused(input.project, input.project.services.at(name)))
      findings.add(std::move(error));
  for (auto& error : what_engine_refuses(input.project, input.world.engine))
    findings.add(std::move(error));
  return findings.result();
}

}  // namespace landfast
