// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/config_hash.h"
#include "plan/content_digest.h"
#include "plan/create_body.h"
#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/network_body.h"
#include "plan/order.h"
#include "plan/reasons.h"
#include "plan/tunnel.h"
#include "plan/volume_body.h"
#include "run/build_request.h"
#include "run/creation.h"
#include "run/edges.h"
#include "run/guard.h"
#include "run/hooks.h"
#include "run/mounted_files.h"
#include "run/network_removal.h"
#include "run/ready.h"
#include "run/session.h"
#include "run/verify.h"

namespace landfast {
namespace {

using Outcome = Result<std::string>;

/// The container that a step acts on: the one this run made, else the one the plan names.
std::string target_of(const Session& session, const Step& step) {
  if (const auto it = session.created.find(slot_of(step)); it != session.created.end())
    return it->second;
  return step.container_id;
}

OnImageProgress image_progress(Session& session, const Step& step) {
  return [&session, &step](const ImageProgress& p) {
    auto e = session.event(EventKind::step_progress, &step);
    e.text = p.status;
    e.current = p.current;
    e.total = p.total;
    session.on_event(e);
  };
}

Task<Outcome> pull_image(Session& session, const Step& step) {
  const auto& service = session.project->services.at(step.service);
  CO_TRY_VOID(co_await session.ports.engine.pull(step.name, service.platform,
                                                 image_progress(session, step)));
  CO_TRY(const auto image, co_await session.ports.engine.image(step.name));
  session.images[step.name] = image.id;
  co_return image.id;
}

Task<Outcome> build_image(Session& session, const Step& step) {
  const auto& service = session.project->services.at(step.service);
  auto request = build_request(*session.project, service);
  request.tag = step.name;
  CO_TRY_VOID(
      co_await session.ports.builder.build(std::move(request), image_progress(session, step)));
  CO_TRY(const auto image, co_await session.ports.engine.image(step.name));
  session.images[step.name] = image.id;
  co_return image.id;
}

void add_label(boost::json::object& body, const char* key, std::int64_t deployment) {
  auto& labels = body["Labels"];
  if (!labels.is_object()) labels.emplace_object();
  labels.as_object()[key] = std::to_string(deployment);
}

Task<Outcome> create_network(Session& session, const Step& step) {
  const auto& network = session.project->networks.at(step.key);
  auto body = network_body(*session.project, network, network_hash(network));
  add_label(body, label::deployment, session.plan.deployment);
  CO_TRY(const auto known, co_await session.ports.engine.networks());
  for (const auto& n : known)  // the engine allows equal names
    if (n.name == step.name) co_return n.id;
  CO_TRY(const auto id, co_await session.ports.engine.create_network(std::move(body)));
  // One that a killed deploy had asked for may have come late: two of a name are ambiguous.
  CO_TRY(const auto now, co_await session.ports.engine.networks());
  for (const auto& n : now) {
    const auto of = n.labels.find(label::project);
    if (n.name == step.name && n.id != id && of != n.labels.end() &&
        of->second == session.plan.stack)
      CO_TRY_VOID(co_await session.ports.engine.remove_network(n.id));
  }
  co_return id;
}

Task<Outcome> create_volume(Session& session, const Step& step) {
  const auto& volume = session.project->volumes.at(step.key);
  auto body = volume_body(*session.project, volume, volume_hash(volume));
  add_label(body, label::deployment, session.plan.deployment);
  CO_TRY_VOID(co_await session.ports.engine.create_volume(std::move(body)));
  co_return step.name;
}

/// Service → container id, new ones before those that are there.
std::map<std::string, std::string> owners(const Session& session) {
  std::map<std::string, std::string> ids;
  for (const auto& c : session.world.containers)
    if (c.label(label::one_off) != "True" && !generation_name(c.name))
      ids.emplace(c.label(label::service), c.id);
  for (const auto& [slot, id] : session.created)
    if (slot.ends_with("/1") || !ids.contains(slot.substr(0, slot.rfind('/'))))
      ids[slot.substr(0, slot.rfind('/'))] = id;
  return ids;
}

std::string image_id_of(const Session& session, const std::string& reference) {
  if (const auto it = session.images.find(reference); it != session.images.end()) return it->second;
  if (const auto it = session.world.images.find(reference); it != session.world.images.end())
    return it->second.id;
  return {};
}

BodyContext body_context(const Session& session, const Service& service, const Step& step,
                         std::map<std::string, std::string> mounted_files) {
  auto ids = owners(session);
  BodyContext context{.project = *session.project,
                      .engine = session.world.engine,
                      .container_name = container_name(*session.project, service, step.number)};
  context.number = step.number;
  context.image_id = image_id_of(session, service.image);
  context.image = service.image;
  context.config_hash = service_config_hash(service, ids);
  context.service_containers = std::move(ids);
  context.mounted_files = std::move(mounted_files);
  context.inherited_anonymous_volumes = step.inherited_volumes;
  context.restart_override = "no";
  context.extra_labels[label::deployment] = std::to_string(session.plan.deployment);
  context.extra_labels[label::content] = content_digest(*session.project, service);
  if (is_behind_edge(*session.project, service) && !step.user_paths)
    context.edge_alias = edge_alias(session.plan.deployment, service.name, step.number);
  return context;
}

Task<Outcome> create_container(Session& session, const Step& step) {
  const auto& service = session.project->services.at(step.service);
  std::map<std::string, std::string> files;
  if (!step.user_paths) {
    CO_TRY(files, keep_mounted_files(session.ports.host, *session.project, service));
  }
  CO_TRY(auto request,
         create_request(service, body_context(session, service, step, std::move(files))));
  auto made =
      co_await session.ports.engine.create_container(step.name, request.body, request.platform);
  if (!made)
    co_return fail(wrap(std::move(made).error(), fmt::format("{} cannot be created", step.name)));
  const std::string id = *made;
  session.created[slot_of(step)] = id;
  CO_TRY_VOID(co_await finish_creation(session.ports.engine, id, request));
  co_return id;
}

/// `pre_stop`, in a container that runs.
Task<Status> prepare_stop(Session& session, const Step& step) {
  const auto& all = session.world.containers;
  const bool runs = std::any_of(all.begin(), all.end(), [&](const auto& c) {
    return c.id == step.container_id && c.status == ContainerStatus::running;
  });
  if (runs) CO_TRY_VOID(co_await run_hooks(session, step, step.container_id, Hook::pre_stop));
  co_return Status{};
}

Task<Outcome> retire_container(Session& session, const Step& step) {
  RestartPolicy none;
  none.name = "no";
  auto& engine = session.ports.engine;
  CO_TRY_VOID(co_await engine.set_restart_policy(step.container_id, none));
  auto prepared = co_await prepare_stop(session, step);
  if (!prepared && step.state == DeploymentState::undoing)  // it has to stop all the same
    session.emit(EventKind::notice, &step, prepared.error().text);
  else
    CO_TRY_VOID(std::move(prepared));
  CO_TRY_VOID(co_await engine.stop_container(step.container_id, std::nullopt));
  co_return "stopped";
}

constexpr std::chrono::milliseconds join_pause{100};
constexpr std::chrono::seconds join_limit{60};

/// A container whose namespace it joins may just be between two tries of its own start.
Task<Status> start_when_joinable(Session& session, const Step& step, const std::string& id) {
  const auto begin = session.ports.clock.now();
  const bool joins = session.project != nullptr &&
                     session.project->services.contains(step.service) &&
                     !namespace_owners(session.project->services.at(step.service)).empty();
  while (true) {
    auto started = co_await session.ports.engine.start_container(id);
    const bool again = !started && started.error().code == Code::conflict && joins &&
                       session.ports.clock.now() - begin < join_limit &&
                       !(session.halt != nullptr && session.halt->is_set());
    if (!again) co_return started;
    session.emit(EventKind::step_waiting, &step, started.error().text);
    co_await session.ports.clock.sleep(join_pause);
  }
}

Task<Outcome> start_container(Session& session, const Step& step) {
  const auto id = target_of(session, step);
  if (id == step.container_id) {
    CO_TRY(const auto now, co_await session.ports.engine.container(id));
    if (now.status == ContainerStatus::paused) {
      CO_TRY_VOID(co_await session.ports.engine.unpause_container(id));
      co_return "unpaused";
    }
  }
  if (step.one_shot) session.started_one_shots.push_back(step.service);
  auto started = co_await start_when_joinable(session, step, id);
  if (!started)
    co_return fail(
        wrap(std::move(started).error(), fmt::format("{} cannot be started", step.name)));
  CO_TRY_VOID(co_await run_hooks(session, step, id, Hook::post_start));
  co_return "started";
}

ReadyRequest ready_request(Session& session, const Step& step) {
  ReadyRequest request;
  request.container = target_of(session, step);
  request.name = step.service;
  request.timeout = session.timeout;
  request.stop = session.halt;
  const bool is_new = request.container != step.container_id;
  if (is_new && session.project != nullptr)
    request.play = restart_policy(session.project->services.at(step.service));
  request.waiting = tell_waiting(session, step);
  return request;
}

/// A container that ran to its end is not run again for the same image and model.
void remember_end(Session& session, const Step& step) {
  if (session.project == nullptr) return;
  const auto& service = session.project->services.at(step.service);
  OneShotRun run;
  run.service = step.service;
  run.image_id = image_id_of(session, service.image);
  run.model_hash = service_config_hash(service, owners(session)) + ":" +
                   content_digest(*session.project, service);
  run.deployment = session.plan.deployment;
  run.migration = service.landfast.migrate;
  session.one_shots.push_back(std::move(run));
  session.ended.insert(slot_of(step));
}

Task<Outcome> wait_ready(Session& session, const Step& step) {
  CO_TRY(const auto ready, co_await await_ready(session.ports, ready_request(session, step)));
  if (ready.ended) remember_end(session, step);
  if (!ready.warning.empty()) session.emit(EventKind::notice, &step, ready.warning);
  co_return ready.how;
}

Task<Outcome> wait_exit(Session& session, const Step& step) {
  CO_TRY(const auto ready, co_await await_exit(session.ports, ready_request(session, step)));
  remember_end(session, step);
  co_return ready.how;
}

Task<Outcome> verify(Session& session, const Step& step) {
  const auto& project = *session.project;
  VerifyRequest request{.project = project,
                        .check = project.landfast.verify.at(std::stoul(step.key))};
  if (session.timeout) request.limit = *session.timeout;
  request.stop = session.halt;
  request.waiting = tell_waiting(session, step);
  co_return co_await await_check(session.ports, std::move(request));
}

/// The new container takes the name, the old one `.lf-was-N`; then the file's restart policy.
Task<Outcome> promote(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  const auto id = target_of(session, step);
  if (!step.container_id.empty()) {
    CO_TRY_VOID(co_await engine.rename_container(step.container_id,
                                                 was_name(step.name, session.plan.deployment)));
    CO_TRY_VOID(co_await engine.rename_container(id, step.name));
  }
  const auto policy = restart_policy(session.project->services.at(step.service));
  if (!policy.name.empty() && policy.name != "no")
    CO_TRY_VOID(co_await engine.set_restart_policy(id, policy));
  co_return "serving";
}

Task<Outcome> set_policy(Session& session, const Step& step) {
  auto policy = step.policy;
  if (policy.name.empty()) policy.name = "no";
  CO_TRY_VOID(co_await session.ports.engine.set_restart_policy(step.container_id, policy));
  co_return policy.name;
}

Task<Outcome> restore_container(Session& session, const Step& step) {
  auto& engine = session.ports.engine;
  CO_TRY(const auto now, co_await engine.container(step.container_id));
  if (now.name != step.name)
    CO_TRY_VOID(co_await engine.rename_container(step.container_id, step.name));
  CO_TRY_VOID(co_await set_policy(session, step));
  if (step.running) CO_TRY_VOID(co_await engine.start_container(step.container_id));
  // The old one serves again, whatever becomes of its hook.
  if (step.running) {
    const auto hooks = co_await run_hooks(session, step, step.container_id, Hook::post_start);
    if (!hooks) session.emit(EventKind::notice, &step, hooks.error().text);
  }
  co_return step.running ? "serving again" : "as before";
}

Task<Outcome> restart(Session& session, const Step& step) {
  CO_TRY_VOID(co_await prepare_stop(session, step));
  CO_TRY_VOID(co_await session.ports.engine.restart_container(step.container_id, std::nullopt));
  CO_TRY_VOID(co_await run_hooks(session, step, step.container_id, Hook::post_start));
  co_return "restarted";
}

Task<Outcome> stop(Session& session, const Step& step) {
  CO_TRY_VOID(co_await prepare_stop(session, step));
  CO_TRY_VOID(co_await session.ports.engine.stop_container(step.container_id, std::nullopt));
  co_return "stopped";
}

Task<Outcome> remove_container(Session& session, const Step& step) {
  CO_TRY_VOID(co_await session.ports.engine.remove_container(step.container_id, true,
                                                             step.anonymous_volumes));
  co_return "removed";
}

Task<Outcome> remove_volume(Session& session, const Step& step) {
  if (step.name.starts_with('/')) co_return co_await empty_folder(session, step);
  CO_TRY_VOID(co_await session.ports.engine.remove_volume(step.name));
  co_return "removed";
}

Task<Outcome> restore_tag(Session& session, const Step& step) {
  CO_TRY_VOID(co_await session.ports.engine.tag_image(step.key, step.name));
  co_return "as before";
}

Task<Outcome> do_now(Session& session, const Step& step);

/// The delay between two batches; an undo does not wait for it.
Task<Outcome> after_delay(Session& session, const Step& step) {
  session.emit(EventKind::step_waiting, &step,
               fmt::format("{} between batches (update_config)", human_duration(step.delay)));
  Signal never;
  auto& halt = session.halt != nullptr ? *session.halt : never;
  const auto first = co_await race(session.ports.clock.sleep(step.delay), halt.wait());
  if (first.index() == 1) co_return fail(Code::cancelled, "interrupted");
  co_return co_await do_now(session, step);
}

}  // namespace

std::string slot_of(const Step& step) { return fmt::format("{}/{}", step.service, step.number); }

std::function<void(const std::string&)> tell_waiting(const Session& session, const Step& step) {
  return [&session, &step, last = std::string()](const std::string& text) mutable {
    if (text == last) return;
    last = text;
    session.emit(EventKind::step_waiting, &step, text);
  };
}

Task<Result<std::string>> do_step(Session& session, const Step& step) {
  if (step.delay.count() > 0) return after_delay(session, step);
  return do_now(session, step);
}

namespace {

Task<Outcome> do_now(Session& session, const Step& step) {
  switch (step.kind) {
  case StepKind::pull_image:
    return pull_image(session, step);
  case StepKind::build_image:
    return build_image(session, step);
  case StepKind::create_network:
    return create_network(session, step);
  case StepKind::create_volume:
    return create_volume(session, step);
  case StepKind::create_container:
    return create_container(session, step);
  case StepKind::retire_container:
    return retire_container(session, step);
  case StepKind::start_container:
    return start_container(session, step);
  case StepKind::await_ready:
    return wait_ready(session, step);
  case StepKind::await_exit:
    return wait_exit(session, step);
  case StepKind::verify:
    return verify(session, step);
  case StepKind::promote:
    return promote(session, step);
  case StepKind::restart_container:
    return restart(session, step);
  case StepKind::stop_container:
    return stop(session, step);
  case StepKind::set_policy:
    return set_policy(session, step);
  case StepKind::remove_container:
    return remove_container(session, step);
  case StepKind::remove_network:
    return remove_network(session, step, step.key);
  case StepKind::restore_container:
    return restore_container(session, step);
  case StepKind::remove_volume:
    return remove_volume(session, step);
  case StepKind::restore_tag:
    return restore_tag(session, step);
  case StepKind::create_fence:
    return create_fence(session, step);
  case StepKind::set_aside:
    return set_aside(session, step);
  case StepKind::stop_clean:
    return stop_clean(session, step);
  case StepKind::first_copy:
    return first_copy(session, step);
  case StepKind::copy_volume:
    return copy_volume(session, step);
  case StepKind::exchange_volumes:
    return exchange_volumes(session, step);
  case StepKind::fence_container:
    return fence_container(session, step);
  case StepKind::unfence_container:
    return unfence_container(session, step);
  case StepKind::remove_fence:
    return remove_fence(session, step);
  case StepKind::drop_aside:
    return drop_aside(session, step);
  case StepKind::create_edge_network:
    return create_edge_network(session, step);
  case StepKind::apply_routes:
    return apply_routes(session, step);
  case StepKind::make_edge:
    return make_edge(session, step);
  case StepKind::join_edge:
    return join_edge(session, step);
  case StepKind::leave_edge:
    return leave_edge(session, step);
  case StepKind::hold_slot:
    return hold_slot(session, step);
  case StepKind::point_slot:
    return point_slot(session, step);
  case StepKind::probe_slot:
    return probe_slot(session, step);
  case StepKind::switch_slot:
    return switch_slot(session, step);
  case StepKind::drain_slot:
    return drain_slot(session, step);
  case StepKind::remove_edge_network:
    return remove_fence(session, step);
  case StepKind::add_site:
    return add_site(session, step);
  }
  std::terminate();  // the enum is closed
}

}  // namespace

}  // namespace landfast
