// SPDX-License-Identifier: Apache-2.0
#include "plan/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "model/config_hash.h"
#include "plan/content_digest.h"
#include "plan/create_body.h"
#include "plan/difference.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/tunnel.h"

namespace landfast {
namespace {

std::string short_id(const std::string& id) {
  const auto colon = id.find(':');
  return id.substr(colon == std::string::npos ? 0 : colon + 1, 12);
}

/// A new image under the same reference, or another reference.
void compare_image(const Service& service, const Container& c, const World& world,
                   std::vector<std::string>& causes) {
  const auto wanted = world.images.find(service.image);
  if (c.image_ref != service.image && !c.image_ref.starts_with("sha256:")) {
    if (wanted == world.images.end() || wanted->second.id != c.image_id)
      causes.push_back(fmt::format("image {} → {}", c.image_ref, service.image));
  } else if (wanted != world.images.end() && wanted->second.id != c.image_id) {
    causes.push_back(fmt::format("image {} is new ({} → {})", service.image, short_id(c.image_id),
                                 short_id(wanted->second.id)));
  }
}

/// Content of mounted files: by our label, else by what the current release recorded.
void compare_content(const Project& project, const Service& service, const Container& c,
                     const History& history, std::vector<std::string>& causes) {
  const auto now = content_digest(project, service);
  std::optional<std::string> then;
  if (const auto it = c.labels.find(label::content); it != c.labels.end()) {
    then = it->second;
  } else if (history.current) {
    const auto& services = history.current->services;
    if (const auto r = services.find(service.name); r != services.end())
      then = r->second.content_digest;
  }
  if (then && *then != now) causes.push_back("the content of a mounted file");
}

/// A network of that name was removed and made again: the container hangs on the old one.
void compare_networks(const Container& c, const World& world, std::vector<std::string>& causes) {
  if (c.status != ContainerStatus::running) return;
  for (const auto& entry : c.networks) {
    const std::string name(entry.key());
    const auto* id =
        entry.value().is_object() ? entry.value().as_object().if_contains("NetworkID") : nullptr;
    if (id == nullptr || !id->is_string() || id->as_string().empty()) continue;
    const auto it = std::find_if(world.networks.begin(), world.networks.end(),
                                 [&](const auto& n) { return n.name == name; });
    if (it != world.networks.end() && std::string_view(id->as_string()) != it->id)
      causes.push_back(fmt::format("the network {} was made anew", name));
  }
}

/// Ports that go from the container to an edge, or back: the service's own model does not tell.
std::vector<std::string> ports_that_move(const Project& project, const Service& service,
                                         const Container& c) {
  std::vector<std::string> causes;
  const auto published = published_tcp_ports(c);
  const bool was_behind = alias_on_edge(c, project.name).has_value();
  for (const auto& port : service.ports) {
    if (port.published.empty() || port.protocol != "tcp") continue;
    const bool own = published.contains(port.published);
    if (is_taken_over(service, port.published, port.protocol)) {
      if (own) causes.push_back(fmt::format("the edge takes port {} over", port.published));
    } else if (!own && was_behind) {
      causes.push_back(fmt::format("it publishes port {} itself again", port.published));
    }
  }
  return causes;
}

Result<std::vector<Difference>> compare_configuration(
    const Project& project, const Service& service, const Container& c, const World& world,
    const std::map<std::string, std::string>& owners) {
  BodyContext context{.project = project,
                      .engine = world.engine,
                      .container_name = container_name(project, service, container_number(c))};
  context.number = container_number(c);
  context.image = c.image_ref;  // images are compared by id
  context.image_id = c.image_id;
  context.config_hash = service_config_hash(service, owners);
  context.service_containers = owners;
  if (is_behind_edge(project, service)) context.edge_alias = "lf";  // the name is not compared
  TRY(const auto wanted, create_request(service, context));
  const auto image = world.images_by_id.find(c.image_id);
  return differences(wanted, c, image == world.images_by_id.end() ? nullptr : &image->second,
                     world.engine, file_digests(project));
}

}  // namespace

std::string service_config_hash(const Service& service,
                                const std::map<std::string, std::string>& owners) {
  return service_hash(service.canonical, owners);
}

Result<Reasons> reasons_to_replace(const Project& project, const Service& service,
                                   const Container& container, const World& world,
                                   const History& history,
                                   const std::map<std::string, std::string>& owners) {
  Reasons reasons;
  compare_image(service, container, world, reasons.replace);
  auto moved = ports_that_move(project, service, container);
  const bool ports_move = !moved.empty();
  std::ranges::move(names_that_move(project, service, container), std::back_inserter(moved));
  TRY(const auto found, compare_configuration(project, service, container, world, owners));
  for (const auto& d : found) {
    if (d.path == "image" || (d.path.starts_with("ports") && ports_move)) continue;
    if (d.live) {
      reasons.policy = to_string(d);
    } else {
      reasons.replace.push_back(to_string(d));
    }
  }
  const auto before = reasons.replace.size();
  compare_content(project, service, container, history, reasons.replace);
  const bool same_content = reasons.replace.size() == before;
  compare_networks(container, world, reasons.replace);
  const auto made_of = container.label(label::config_hash);
  reasons.replace.insert(reasons.replace.end(), moved.begin(), moved.end());
  reasons.same_file = same_content && moved.empty() && !made_of.empty() &&
                      made_of == service_config_hash(service, owners);
  return reasons;
}

}  // namespace landfast
