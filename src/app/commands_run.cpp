// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/call.h"
#include "app/containers.h"
#include "app/images.h"
#include "app/one_off.h"
#include "app/sources.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/load.h"
#include "model/config_hash.h"
#include "plan/create_body.h"
#include "plan/names.h"
#include "plan/network_body.h"
#include "plan/volume_body.h"
#include "run/creation.h"
#include "run/mounted_files.h"

namespace landfast {
namespace {

Result<const Service*> service_of(const Project& project, const std::string& name) {
  if (const auto it = project.services.find(name); it != project.services.end()) return &it->second;
  std::vector<std::string> known;
  for (const auto& [key, service] : project.services) known.push_back(key);
  const auto near = nearest(name, known);
  return fail(Code::invalid, fmt::format("there is no service {}", landfast::in_quotes(name)),
              near ? fmt::format("did you mean {}?", *near)
                   : fmt::format("services: {}", join(known, ", ")));
}

/// `run` starts nothing else: what the service needs has to be there.
Status needs_met(const Service& service, const std::vector<Container>& containers) {
  for (const auto& d : service.depends_on) {
    if (!d.required || d.condition == DependencyCondition::completed_successfully) continue;
    const bool runs = std::any_of(containers.begin(), containers.end(), [&](const Container& c) {
      return c.label(label::service) == d.service && c.status == ContainerStatus::running;
    });
    if (!runs)
      return fail(
          Code::invalid, fmt::format("{} needs {}, which does not run", service.name, d.service),
          fmt::format("landfast deploy {} starts it; --no-deps goes on without", d.service));
  }
  return {};
}

Task<Status> make_networks(Call call, const Project& project, const Service& service) {
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto known, co_await engine->networks());
  for (const auto& key : service.networks) {
    const auto it = project.networks.find(key);
    if (it == project.networks.end() || it->second.external) continue;
    const auto& network = it->second;
    const bool there = std::any_of(known.begin(), known.end(),
                                   [&](const auto& n) { return n.name == network.name; });
    if (there) continue;
    auto body = network_body(project, network, network_hash(network));
    CO_TRY(const auto id, co_await engine->create_network(std::move(body)));
  }
  co_return Status{};
}

Task<Status> make_volumes(Call call, const Project& project, const Service& service) {
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto known, co_await engine->volumes());
  for (const auto& mount : service.mounts) {
    const auto it = project.volumes.find(mount.source);
    if (mount.kind != MountKind::volume || it == project.volumes.end() || it->second.external)
      continue;
    const auto& volume = it->second;
    const bool there = std::any_of(known.begin(), known.end(),
                                   [&](const auto& v) { return v.name == volume.name; });
    if (there) continue;
    auto body = volume_body(project, volume, volume_hash(volume));
    CO_TRY_VOID(co_await engine->create_volume(std::move(body)));
  }
  co_return Status{};
}

Task<Result<Image>> image_of(Call call, const Project& project, const Service& service) {
  CO_TRY(auto* engine, call.wiring.engine());
  auto image = co_await engine->image(service.image);
  if (image || image.error().code != Code::not_found) co_return image;
  CO_TRY(const auto moved, co_await refresh_images(call, {missing_image(project, service)}));
  co_return co_await engine->image(service.image);
}

std::map<std::string, std::string> serving(const std::vector<Container>& containers) {
  std::map<std::string, std::string> ids;
  for (const auto& c : containers)
    if (c.label(label::one_off) != "True" && !generation_name(c.name))
      ids.emplace(c.label(label::service), c.id);
  return ids;
}

/// The request for the container, once all that it mounts and joins is there.
Task<Result<CreateRequest>> prepare(Call call, const Project& project, const Service& service,
                                    std::string name, const std::vector<Container>& containers) {
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto facts, co_await engine->facts());
  CO_TRY(const auto image, co_await image_of(call, project, service));
  CO_TRY_VOID(co_await make_networks(call, project, service));
  CO_TRY_VOID(co_await make_volumes(call, project, service));
  BodyContext context{.project = project, .engine = facts, .container_name = std::move(name)};
  context.image = service.image;
  context.image_id = image.id;
  context.service_containers = serving(containers);
  context.config_hash = service_hash(service.canonical, context.service_containers);
  CO_TRY(auto* host, call.wiring.host());
  CO_TRY(context.mounted_files, keep_mounted_files(*host, project, service));
  context.one_off = true;
  context.restart_override = "no";
  co_return create_request(service, context);
}

Task<Result<int>> run_to_end(Engine& engine, std::string id, const CreateRequest& request,
                             bool tty) {
  CO_TRY_VOID(co_await finish_creation(engine, id, request));
  InteractiveRequest attached;
  attached.container = id;
  attached.tty = tty;
  co_return co_await engine.run_attached(std::move(attached));
}

}  // namespace

Ending run_one_off(Call call) {
  const auto& a = call.arguments;
  CO_TRY(auto target, co_await load_target(call));
  CO_TRY_VOID(attach_content(*target.project, DiskFiles()));
  const auto& project = *target.project;
  CO_TRY(const auto* known, service_of(project, a.services.front()));
  const bool tty = !a.no_tty && call.around.input_is_terminal && call.around.output_is_terminal;
  CO_TRY(const auto service,
         one_off_service(*known, a, call.around.environment, call.around.cwd, tty));
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto containers, co_await wanted_containers(*engine, project.name, {}));
  if (!a.no_deps) CO_TRY_VOID(needs_met(service, containers));

  const auto name = one_off_name(project, service);
  CO_TRY(const auto request, co_await prepare(call, project, service, name, containers));
  CO_TRY(const auto id, co_await engine->create_container(name, request.body, request.platform));
  const auto code = co_await run_to_end(*engine, id, request, tty);
  // Its anonymous volumes are its own and new: they go with it.
  if (!a.keep) CO_TRY_VOID(co_await engine->remove_container(id, true, true));
  if (!code) co_return fail(code.error());
  co_return static_cast<ExitStatus>(*code & 0xFF);
}

}  // namespace landfast
