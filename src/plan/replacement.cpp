// SPDX-License-Identifier: Apache-2.0
#include "plan/replacement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/create_body_parts.h"
#include "plan/edge_names.h"
#include "plan/order.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

const boost::json::object* update_object(const Service& service) {
  const auto* deploy = body::find_object(service.canonical.reveal(), "deploy");
  return deploy != nullptr ? body::find_object(*deploy, "update_config") : nullptr;
}

/// The name by which the file knows a writable mount that only one container may have; "" where
/// two may.
std::string single_writer(const Service& service, const ServiceMount& mount) {
  const bool data = mount.kind == MountKind::volume || mount.kind == MountKind::bind;
  if (!data || mount.read_only) return {};
  const auto& shared = service.landfast.shared;
  if (std::find(shared.begin(), shared.end(), mount.source) != shared.end()) return {};
  return mount.source.empty() ? mount.target : mount.source;
}

Error refusal(const Service& service, std::string_view what, std::string path, std::string hint) {
  Error e;
  e.code = Code::invalid;
  e.text = fmt::format("{} cannot overlap itself: {}", service.name, what);
  e.mark = service.mark;
  e.path = fmt::format("services.{}.{}", service.name, path);
  e.hint = std::move(hint);
  return e;
}

bool shares_namespaces(const Project& project, const Service& service) {
  if (!namespace_owners(service).empty()) return true;
  return std::any_of(project.services.begin(), project.services.end(), [&](const auto& entry) {
    return namespace_owners(entry.second).contains(service.name);
  });
}

/// Bytes that the new containers of a service may take beside the old ones; 0 where no limit says.
std::uint64_t memory_beside(const ServiceDecision& d) {
  std::uint64_t bytes = 0;
  for (const auto& c : d.containers)
    if (c.action == Action::replace && c.old != nullptr)
      bytes += static_cast<std::uint64_t>(
          std::max<std::int64_t>(0, body::integer(c.old->host_config, "Memory")));
  return bytes;
}

/// Why a service that does not ask for an overlap is stopped first.
std::string reason_to_stop(const Service& service) {
  for (const auto& mount : service.mounts)
    if (const auto name = single_writer(service, mount); !name.empty())
      return fmt::format("only one may write to {}", name);
  for (const auto& port : service.ports)
    if (!port.published.empty()) return fmt::format("port {} can be held once", port.published);
  return "nothing says that two may run side by side (x-landfast: overlap)";
}

/// Why a service that an edge carries is stopped first all the same; "" where it need not be.
std::string reason_to_hold(const Project& project, const Service& service) {
  for (const auto& mount : service.mounts)
    if (const auto name = single_writer(service, mount); !name.empty())
      return fmt::format("only one may write to {}", name);
  for (const auto& port : service.ports)
    if (!port.published.empty() && !is_taken_over(service, port.published, port.protocol))
      return fmt::format("port {} can be held once", port.published);
  if (!service.container_name.empty())
    return fmt::format("its name is fixed to {}", service.container_name);
  if (shares_namespaces(project, service)) return "another service shares its namespaces";
  if (update_config(service).order == "stop-first") return "update_config.order says stop-first";
  for (const auto& [name, peer] : project.services)
    if (name != service.name && meet_directly(project, service, peer) && uses(peer, service.name))
      return fmt::format("{} would reach both", name);
  return {};
}

bool names(std::string_view text, std::string_view service) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  for (auto at = text.find(service); at != text.npos; at = text.find(service, at + 1)) {
    const auto end = at + service.size();
    const bool starts = at == 0 || !is_part(text[at - 1]);
    if (starts && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

}  // namespace

UpdateConfig update_config(const Service& service) {
  UpdateConfig config;
  const auto* update = update_object(service);
  if (update == nullptr) return config;
  if (body::find(*update, "parallelism") != nullptr)
    config.parallelism =
        static_cast<std::size_t>(std::max<std::int64_t>(0, body::integer(*update, "parallelism")));
  config.delay = body::duration(*update, "delay").value_or(std::chrono::nanoseconds(0));
  config.order = body::text(*update, "order");
  return config;
}

std::vector<Error> overlap_refused(const Project& project, const Service& service) {
  std::vector<Error> errors;
  if (!service.landfast.overlap) return errors;
  for (std::size_t i = 0; i < service.ports.size(); ++i)
    if (!service.ports[i].published.empty() &&
        !is_taken_over(service, service.ports[i].published, service.ports[i].protocol))
      errors.push_back(
          refusal(service, fmt::format("port {} can be held only once", service.ports[i].published),
                  fmt::format("ports[{}]", i),
                  "let the edge publish it (x-landfast: route), or drop overlap"));
  if (service.network_mode == "host")
    errors.push_back(refusal(service, "on the host's network its ports can be held only once",
                             "network_mode", "drop overlap"));
  if (!service.container_name.empty())
    errors.push_back(refusal(service,
                             fmt::format("its name is fixed to {}", service.container_name),
                             "container_name", "drop container_name, or drop overlap"));
  for (std::size_t i = 0; i < service.mounts.size(); ++i)
    if (const auto name = single_writer(service, service.mounts[i]); !name.empty())
      errors.push_back(refusal(
          service, fmt::format("both would write to {}", name), fmt::format("volumes[{}]", i),
          "mount it read-only, or say that it has several writers (x-landfast: shared), or drop "
          "overlap"));
  if (shares_namespaces(project, service))
    errors.push_back(refusal(service, "it shares namespaces or volumes with another service",
                             "x-landfast.overlap", "drop overlap"));
  return errors;
}

ReplacementOrder replacement_order(const Project& project, const World& world,
                                   const Decisions& decisions) {
  ReplacementOrder order;
  auto free = world.free_memory_bytes;
  for (const auto& [name, d] : decisions) {
    if (d.one_shot || !d.has(Action::replace)) continue;
    const auto& service = *d.service;
    const auto config = update_config(service);
    const auto needed = memory_beside(d);
    const bool routed = is_behind_edge(project, service);
    const auto why = service.landfast.overlap && config.order != "stop-first" ? std::string()
                     : service.landfast.overlap ? "update_config.order says stop-first"
                     : routed                   ? reason_to_hold(project, service)
                                                : reason_to_stop(service);
    if (!why.empty()) {
      order.stop_first[name] = why;
      if (config.order == "start-first")
        order.notes.push_back(fmt::format(
            "services.{}.deploy.update_config.order: start-first needs x-landfast: overlap: true; "
            "the old container is stopped first",
            name));
    } else if (world.free_memory_bytes != 0 && needed > free) {
      order.stop_first[name] =
          fmt::format("too little free memory for both: {} free, the new one may take {}",
                      human_bytes(free), human_bytes(needed));
    } else {
      free -= std::min(free, needed);
      order.beside.insert(name);
    }
  }
  return order;
}

bool uses(const Service& peer, const std::string& service) {
  if (std::any_of(peer.depends_on.begin(), peer.depends_on.end(),
                  [&](const auto& d) { return d.service == service; }))
    return true;
  for (const auto& [key, value] : peer.environment)
    if (value && names(value->reveal(), service)) return true;
  const auto words = body::texts(peer.canonical.reveal(), "command");
  return std::any_of(words.begin(), words.end(),
                     [&](const auto& word) { return names(word, service); });
}

std::vector<std::string> peers_of(const Project& project, const std::string& service,
                                  const Decisions& decisions) {
  std::vector<std::string> peers;
  const auto& mine = project.services.at(service);
  for (const auto& [name, peer] : project.services) {
    const auto d = decisions.find(name);
    if (name == service || d == decisions.end() || !d->second.has(Action::keep)) continue;
    const bool restarts =  // then it resolves anew by itself
        std::any_of(peer.depends_on.begin(), peer.depends_on.end(),
                    [&](const auto& on) { return on.service == service && on.restart; });
    if (meet_directly(project, mine, peer) && !restarts && uses(peer, service))
      peers.push_back(name);
  }
  return peers;
}

}  // namespace landfast
