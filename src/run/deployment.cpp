// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <memory>

#include "plan/content_digest.h"
#include "plan/decide.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "plan/reasons.h"
#include "run/claim.h"
#include "run/journaled.h"
#include "run/release_keeping.h"
#include "run/run.h"
#include "run/standing.h"
#include "run/undo_deployment.h"
#include "run/walk.h"

namespace landfast {
namespace {

/// Steps up to the commit, or those behind it.
std::vector<const Step*> steps_of(const Plan& plan, bool behind_commit) {
  std::vector<const Step*> steps;
  for (const auto& s : plan.steps)
    if ((s.state == DeploymentState::committed) == behind_commit) steps.push_back(&s);
  return steps;
}

Deployment new_deployment(const RunRequest& request, const Clock& clock) {
  Deployment d;
  d.number = request.plan.deployment;
  d.stack = request.plan.stack;
  d.started = clock.utc();
  d.user = request.user;
  d.plan_hash = request.plan.hash;
  return d;
}

Task<Status> enter(Session& session, DeploymentState state) {
  CO_TRY_VOID(co_await session.ports.journal.set_state(session.plan.deployment, state));
  auto e = session.event(EventKind::state_changed, nullptr);
  e.state = state;
  session.on_event(e);
  co_return Status{};
}

std::string image_id(const Session& session, const std::string& reference) {
  if (const auto it = session.images.find(reference); it != session.images.end()) return it->second;
  const auto it = session.world.images.find(reference);
  return it == session.world.images.end() ? std::string{} : it->second.id;
}

std::string summary(const Plan& plan) {
  std::string text;
  for (const auto& p : plan.services) {
    if (p.change == ServiceChange::unchanged || p.change == ServiceChange::done) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", p.service, to_string(p.change));
  }
  return text;
}

/// What runs, as its containers show it: services without one are not part of the release.
std::map<std::string, ReleasedService> running_services(const World& world,
                                                        const Project& project) {
  std::map<std::string, ReleasedService> services;
  std::map<std::string, std::string> owners;
  const auto containers = service_containers(world);
  for (const auto& [name, list] : containers)
    if (!list.empty()) owners[name] = list.front()->id;
  for (const auto& [name, list] : containers) {
    const auto it = project.services.find(name);
    if (it == project.services.end() || list.empty()) continue;
    const auto& c = *list.front();
    ReleasedService s;
    s.image_ref = c.image_ref;
    s.image_id = c.image_id;
    s.config_hash = c.label(label::config_hash);
    if (s.config_hash == service_config_hash(it->second, owners))
      s.config_hash = service_config_hash(it->second, {});
    s.content_digest = c.label(label::content);
    if (s.content_digest.empty()) s.content_digest = content_digest(project, it->second);
    services.emplace(name, std::move(s));
  }
  return services;
}

Release release_of(const Session& session, const RunRequest& request) {
  Release r;
  r.deployment = session.plan.deployment;
  r.created = session.ports.clock.utc();
  r.user = request.user;
  r.git_revision = request.git_revision;
  r.cause = summary(session.plan);
  r.origin = request.origin;
  r.data_before = session.plan.data_before;
  r.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(session.ports.clock.now() -
                                                                        session.begin)
                      .count();
  for (const auto& [name, service] : request.project.services) {
    ReleasedService s;
    s.image_ref = service.image;
    s.image_id = image_id(session, service.image);
    s.config_hash = service_config_hash(service, {});
    s.content_digest = content_digest(request.project, service);
    r.services.emplace(name, std::move(s));
  }
  if (request.adopts) {
    r.cause = "adopted as it runs";
    r.services = running_services(session.world, request.project);
  }
  return r;
}

std::vector<std::string> volume_names(const Project& project) {
  std::vector<std::string> names;
  for (const auto& [key, volume] : project.volumes)
    if (!volume.external) names.push_back(volume.name);
  return names;
}

/// So that an undo after a crash knows which tags this call has moved, or is about to move.
Task<Status> move_tags(Session& session, const RunRequest& request) {
  for (const auto& [reference, image] : request.moved_tags) {
    boost::json::object facts;
    facts["reference"] = reference;
    facts["image"] = image;
    StepIntent intent;
    intent.deployment = session.plan.deployment;
    intent.step = "tag:" + reference;
    intent.kind = std::string(to_string(StepKind::restore_tag));
    intent.facts = boost::json::serialize(facts);
    CO_TRY_VOID(co_await session.ports.journal.intend(std::move(intent)));
  }
  for (const auto& [reference, image] : request.wanted_tags)
    CO_TRY_VOID(co_await session.ports.engine.tag_image(image, reference));
  co_return Status{};
}

Task<void> keep_new_images(const Session& session, const RunRequest& request, Status& status) {
  status = co_await keep_images(session.ports, session.plan.stack,
                                session.plan.current_release.value_or(0) + 1,
                                release_of(session, request));
}

/// prepared → migrating → rolling → verifying: one DAG, whose marks the journal keeps.
Task<Status> roll(Session& session, const RunRequest& request) {
  auto& journal = session.ports.journal;
  CO_TRY(const auto history, co_await journal.history(request.project.name));
  CO_TRY_VOID(co_await claim_stack(session.ports, request.project.name, request.world, history));
  CO_TRY_VOID(
      co_await journal.remember_volumes(request.project.name, volume_names(request.project)));
  CO_TRY_VOID(co_await move_tags(session, request));
  auto steps = steps_of(session.plan, false);
  std::vector<const Step*> prepare, change, verify;
  for (const auto* s : steps)
    (s->state == DeploymentState::prepared    ? prepare
     : s->state == DeploymentState::verifying ? verify
                                              : change)
        .push_back(s);
  AroundStep around = journaled_step;
  CO_TRY_VOID(co_await walk(session, std::move(prepare), around));
  CO_TRY_VOID(session.ports.host.reserve_disk());
  CO_TRY_VOID(co_await enter(session, DeploymentState::prepared));
  if (!session.plan.guards.empty()) CO_TRY_VOID(co_await enter(session, DeploymentState::guarded));
  CO_TRY_VOID(co_await enter(session, DeploymentState::rolling));
  Status kept;
  TaskGroup beside;
  beside.spawn(keep_new_images(session, request, kept));
  auto changed = co_await walk(session, std::move(change), around);
  co_await beside.join();
  CO_TRY_VOID(std::move(changed));
  CO_TRY_VOID(std::move(kept));
  CO_TRY_VOID(co_await enter(session, DeploymentState::verifying));
  CO_TRY_VOID(co_await await_standing(session));
  co_return co_await walk(session, std::move(verify), around);
}

/// The images of the release: the claim is held by a container of one of them.
std::vector<std::string> image_ids(const Session& session, const Project& project) {
  std::vector<std::string> ids;
  for (const auto& [name, service] : project.services)
    if (auto id = image_id(session, service.image); !id.empty()) ids.push_back(std::move(id));
  return ids;
}

/// The claim and what is set aside.
Task<Status> keep_all(const Session& session) {
  CO_TRY(const auto volumes, co_await session.ports.engine.volumes());
  auto asides = asides_of(volumes, session.plan.stack);
  co_return co_await keep(session.ports, session.plan.stack, image_ids(session, *session.project),
                          std::move(asides));
}

/// Behind the commit record everything is finished forward; what fails is left for the next time.
/// False where a service is still behind its fence: the watcher goes on then.
Task<bool> clean_up(Session& session) {
  session.stop = nullptr;
  std::vector<const Step*> unfence, remove;
  for (const auto* s : steps_of(session.plan, true)) {
    const bool opens = s->kind == StepKind::unfence_container ||
                       s->kind == StepKind::remove_fence || s->kind == StepKind::probe_slot ||
                       s->kind == StepKind::switch_slot;
    (opens ? unfence : remove).push_back(s);
  }
  AroundStep around = told_step;
  auto opened = co_await walk(session, std::move(unfence), around);
  auto status = co_await walk(session, std::move(remove), around);
  const bool serves = opened.has_value();
  if (!serves) status = std::move(opened);
  if (status) status = co_await drop_old_releases(session.ports, session.plan.stack);
  if (!status)
    session.emit(EventKind::notice, nullptr,
                 fmt::format("committed, but not all of the old could be removed: {}; the next "
                             "deploy tries again",
                             status.error().text));
  const auto kept = co_await keep_all(session);
  if (!kept)
    session.emit(EventKind::notice, nullptr,
                 fmt::format("the stack's claim is not held against docker volume prune: {}; the "
                             "next deploy tries again",
                             kept.error().text));
  co_return serves;
}

/// An error of the commit is no proof that it is not there: the last sync may have failed after the
/// record was written. Only the journal itself can tell.
Task<Result<std::int64_t>> commit(Session& session, const RunRequest& request) {
  auto& journal = session.ports.journal;
  const auto number = session.plan.deployment;
  auto made = release_of(session, request);
  CO_TRY(made.inputs_digest,
         co_await keep_record(session.ports, session.plan.stack, number, request.record));
  auto release = co_await journal.commit(number, std::move(made), session.one_shots);
  if (release) co_return release;
  const auto history = co_await journal.history(session.plan.stack);
  if (history && history->current && history->current->deployment == number)
    co_return history->current->number;
  co_return release;
}

void announce_end(const Session& session, const RunReport& report) {
  auto e = session.event(EventKind::deployment_done, nullptr);
  e.state = report.state;
  e.took = report.took;
  e.release = report.release;
  if (report.error) e.error = &*report.error;
  e.text = report.trouble;
  session.on_event(e);
}

/// Said where a migration had begun on data that is not guarded: the containers are back, the data
/// is as it was left.
void tell_what_stays(const Session& session, Error& error) {
  if (session.started_one_shots.empty() || session.plan.first_deployment) return;
  if (!session.plan.guards.empty()) return;
  error.hint = fmt::format(
      "{} had run, and no data that landfast knows how to guard was in its reach: what it changed "
      "stays, look at it before the next deploy",
      fmt::join(session.started_one_shots, ", "));
}

/// Without a watcher a killed deployer is recovered by the next command instead of within seconds.
std::unique_ptr<Watcher> start_watcher(const Session& session) {
  auto watcher = session.ports.host.start_watcher(session.plan.stack);
  if (watcher) return std::move(*watcher);
  session.emit(EventKind::notice, nullptr,
               fmt::format("no watcher could be started: {}; if landfast is killed now, the next "
                           "landfast command recovers",
                           watcher.error().text));
  return nullptr;
}

}  // namespace

Task<RunReport> run_deployment(const Ports& ports, const RunRequest& request, OnEvent on_event) {
  Plan plan = request.plan;
  Session session{.ports = ports,
                  .project = &request.project,
                  .world = request.world,
                  .plan = plan,
                  .on_event = on_event};
  session.timeout = request.timeout;
  session.stop = request.stop;
  session.begin = ports.clock.now();
  HeldSlots held;
  session.held = &held;
  RunReport report;
  bool serves = true;

  const auto watcher = start_watcher(session);
  auto number = co_await ports.journal.begin_deployment(new_deployment(request, ports.clock));
  if (!number) {
    if (watcher) watcher->dismiss();
    report.state = DeploymentState::planned;
    report.error = std::move(number).error();
    co_return report;
  }
  plan.deployment = *number;
  session.emit(EventKind::deployment_started, nullptr);

  auto status = co_await roll(session, request);
  if (status) {
    auto release = co_await commit(session, request);
    if (release) {
      report.release = *release;
      const auto kept = co_await ports.journal.remember_inputs(request.inputs);
      if (!kept) session.emit(EventKind::notice, nullptr, kept.error().text);
      serves = co_await clean_up(session);
    } else {
      status = fail(std::move(release).error());
    }
  }
  co_await held.end_all();
  report.took = ports.clock.now() - session.begin;
  if (!status) {
    UndoRequest undo;
    undo.stack = plan.stack;
    undo.deployment = plan.deployment;
    undo.first_deployment = plan.first_deployment;
    undo.why = std::move(status).error();
    undo.timeout = request.timeout;
    for (const auto& [key, secret] : request.project.secrets)
      if (secret.content) undo.secrets.push_back(*secret.content);
    tell_what_stays(session, undo.why);
    report = co_await undo_deployment(ports, std::move(undo), on_event);
    report.took = ports.clock.now() - session.begin;
  }
  if (watcher && serves && report.state != DeploymentState::stuck) watcher->dismiss();
  announce_end(session, report);
  co_return report;
}

Task<RunReport> run_verb(const Ports& ports, const Project* project, const World& world,
                         const Plan& plan, OnEvent on_event) {
  Session session{
      .ports = ports, .project = project, .world = world, .plan = plan, .on_event = on_event};
  session.begin = ports.clock.now();
  session.emit(EventKind::deployment_started, nullptr);
  std::vector<const Step*> steps;
  for (const auto& s : plan.steps) steps.push_back(&s);
  AroundStep around = told_step;
  auto status = co_await walk(session, std::move(steps), std::move(around));
  RunReport report;
  report.took = ports.clock.now() - session.begin;
  if (!status) {
    report.state = DeploymentState::planned;
    report.error = std::move(status).error();
  }
  announce_end(session, report);
  co_return report;
}

}  // namespace landfast
