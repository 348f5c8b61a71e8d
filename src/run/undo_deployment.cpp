// SPDX-License-Identifier: Apache-2.0
#include "run/undo_deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "plan/guard_facts.h"
#include "plan/names.h"
#include "plan/undo.h"
#include "run/claim.h"
#include "run/intended.h"
#include "run/journaled.h"
#include "run/saved_logs.h"
#include "run/serving_again.h"
#include "run/settle_calls.h"
#include "run/walk.h"

namespace landfast {
namespace {

constexpr std::chrono::minutes engine_limit{2};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::seconds longest_pause{2};
constexpr int most_looks = 4;

/// The commands that bring the stack back by hand.
std::string by_hand(const Plan& undo) {
  std::string text;
  for (const auto& s : undo.steps) {
    if (s.kind == StepKind::remove_container)
      text += fmt::format("docker rm -f {}\n", s.container_id.substr(0, 12));
    if (s.kind == StepKind::exchange_volumes)
      text += fmt::format(
          "the folders that docker volume inspect -f '{{{{.Mountpoint}}}}' shows for {} "
          "and {}: give each the name of the other (three mv)\n",
          s.key, s.name);
    if (s.kind == StepKind::unfence_container)
      text += fmt::format(
          "docker network disconnect {} {}; docker network connect NETWORK {} for "
          "each network of its file\n",
          fence_name(undo.stack, undo.deployment), s.name, s.name);
    if (s.kind != StepKind::restore_container) continue;
    text += fmt::format("docker rename {} {}\n", s.container_id.substr(0, 12), s.name);
    text += fmt::format("docker update --restart {} {}\n",
                        s.policy.name.empty() ? "no" : s.policy.name, s.name);
    if (s.running) text += fmt::format("docker start {}\n", s.name);
  }
  return text;
}

/// The undo put an original back, or removed a copy that never had its place.
bool gives_data_back(const Plan& undo) {
  return std::any_of(undo.steps.begin(), undo.steps.end(), [](const Step& s) {
    return s.kind == StepKind::exchange_volumes || s.kind == StepKind::drop_aside;
  });
}

struct Undone {
  Plan plan;            ///< what was done
  std::string trouble;  ///< who is back and does not serve, with why
};

/// "app-1 removed; web-1 back; …": what an undo did, for people.
std::string aftermath(const Undone& undone, const UndoRequest& request) {
  const auto& undo = undone.plan;
  std::vector<std::string> removed, restored;
  for (const auto& s : undo.steps) {
    if (s.kind == StepKind::remove_container) removed.push_back(s.service);
    if (s.kind == StepKind::restore_container) restored.push_back(s.service);
  }
  std::string text;
  if (!removed.empty()) text += fmt::format("removed: {}; ", fmt::join(removed, ", "));
  if (!restored.empty()) text += fmt::format("back: {}; ", fmt::join(restored, ", "));
  if (gives_data_back(undo)) text += "the data is as it was before; ";
  text += request.first_deployment ? "nothing of it is left running"
          : undone.trouble.empty() ? "the release before serves as it did"
                                   : undone.trouble;
  if (!removed.empty())
    text += fmt::format("; the logs of what was removed: landfast logs --deployment {}",
                        request.deployment);
  return text;
}

/// Returns who is back and does not serve, with why.
Task<Result<std::string>> walk_back(const Ports& ports, const UndoRequest& request,
                                    const World& world, const Plan& undo, OnEvent on_event) {
  Session session{.ports = ports, .world = world, .plan = undo, .on_event = on_event};
  session.timeout = request.timeout;
  session.begin = ports.clock.now();
  session.emit(EventKind::undo_started, nullptr, request.why.text);
  const auto saved = co_await save_logs(ports, undo, world, request.secrets);
  if (!saved) session.emit(EventKind::notice, nullptr, saved.error().text);
  std::vector<const Step*> steps;
  for (const auto& s : undo.steps) steps.push_back(&s);
  AroundStep around = told_step;
  CO_TRY_VOID(co_await walk(session, std::move(steps), std::move(around)));
  const auto trouble = co_await await_serving_again(session);
  co_return fmt::format("{}", fmt::join(trouble, "; "));
}

/// Folders of the host that the steps tell of: no volume does once its copy is gone.
Task<void> look_at_folders(const Ports& ports, const std::vector<IntendedStep>& steps,
                           World& world) {
  for (const auto& s : steps) {
    if (const auto facts = exchange_facts(s.facts); facts && facts->volume.starts_with('/'))
      if (const auto identity = ports.volumes.identity(facts->volume))
        world.identities[facts->volume] = *identity;
    for (const auto& path : filled_folders(s.facts)) {
      VolumeState folder;
      folder.mountpoint = path;
      auto facts = co_await ports.volumes.facts(std::move(folder));
      if (facts)
        world.volume_facts[path] = std::move(*facts);
      else if (facts.error().code == Code::not_found)
        world.volume_facts[path].path = path;  // nothing is in it
    }
  }
}

Task<Result<Undone>> try_undo(const Ports& ports, const UndoRequest& request, OnEvent on_event) {
  CO_TRY(const auto records, co_await ports.journal.steps(request.deployment));
  CO_TRY(const auto steps, intended(records));
  CO_TRY(auto world, co_await observe(ports, request.stack, nullptr));
  co_await look_at_folders(ports, steps, world);
  Undone undone;
  undone.plan =
      plan_undo(request.stack, request.deployment, steps, world, request.first_deployment);
  auto trouble = Result<std::string>{};
  if (!undone.plan.empty())
    trouble = co_await walk_back(ports, request, world, undone.plan, on_event);
  auto status = Status{};
  if (!trouble) status = fail(trouble.error());
  if (status && request.first_deployment) status = co_await release_claim(ports, request.stack);
  if (!status) {
    auto error = std::move(status).error();
    const auto first = error.hint.empty() ? std::string() : error.hint + "\n";
    error.hint = first + "landfast recover tries again; by hand:\n" + by_hand(undone.plan);
    co_return fail(std::move(error));
  }
  undone.trouble = *std::move(trouble);
  co_return undone;
}

Task<Status> settle(const Ports& ports, const UndoRequest& request) {
  CO_TRY(const auto records, co_await ports.journal.steps(request.deployment));
  co_return co_await settle_calls(ports, request, records);
}

/// An undo of what a killed deployer left looks again until nothing more of it comes to light.
Task<Result<Undone>> undo_what_comes(const Ports& ports, const UndoRequest& request,
                                     OnEvent on_event) {
  CO_TRY_VOID(co_await settle(ports, request));
  auto first = co_await try_undo(ports, request, on_event);
  for (int look = 1; look < most_looks; ++look) {
    if (first && first->plan.empty()) break;
    auto next = co_await try_undo(ports, request, on_event);
    if (!first) {
      first = std::move(next);
      continue;
    }
    if (!next) co_return next;
    if (next->plan.empty()) break;
  }
  co_return first;
}

/// A restart of the engine in the middle needs no person: it is waited for.
Task<Result<Undone>> undo_until_done(const Ports& ports, const UndoRequest& request,
                                     OnEvent on_event) {
  const auto begin = ports.clock.now();
  std::chrono::nanoseconds pause = first_pause;
  for (;;) {
    auto work = request.interrupted ? undo_what_comes(ports, request, on_event)
                                    : try_undo(ports, request, on_event);
    auto undone = co_await std::move(work);
    const bool again = !undone && engine_was_silent(undone.error());
    if (!again || ports.clock.now() - begin >= engine_limit) co_return undone;
    co_await ports.clock.sleep(pause);
    pause = std::min<std::chrono::nanoseconds>(pause * 2, longest_pause);
  }
}

}  // namespace

bool engine_was_silent(const Error& error) {
  if (error.code == Code::unavailable) return true;
  return error.cause && engine_was_silent(*error.cause);
}

Task<RunReport> undo_deployment(const Ports& ports, UndoRequest request, OnEvent on_event) {
  ports.host.release_reserve();
  RunReport report;
  const auto begin = ports.clock.now();
  const auto marked =
      co_await ports.journal.set_state(request.deployment, DeploymentState::undoing);
  if (!marked && marked.error().code == Code::conflict) {  // it is committed: nothing to undo
    report.state = DeploymentState::committed;
    report.error = marked.error();
    co_return report;
  }
  auto undone = co_await undo_until_done(ports, request, on_event);
  report.took = ports.clock.now() - begin;
  report.state = undone ? DeploymentState::undone : DeploymentState::stuck;
  report.error = request.why;
  if (!undone) {
    report.error = wrap(undone.error(), "the undo did not come to its end");
    report.error->code = Code::stuck;
    report.error->more.push_back(request.why);
  }
  if (undone) {
    report.aftermath = aftermath(*undone, request);
    report.trouble = undone->trouble;
  }
  // What was sealed for a release that is none; the next deploy removes it too.
  if (undone && marked) {
    const auto dropped = ports.files.drop_inputs(request.stack, request.deployment);
    if (!dropped) report.error->more.push_back(dropped.error());
  }
  // Not recorded as ended: the next command that changes anything tries again.
  if (!undone || !marked) co_return report;
  const auto ended =
      co_await ports.journal.end_deployment(request.deployment, report.state, request.why.text);
  if (!ended) report.error->more.push_back(ended.error());
  co_return report;
}

}  // namespace landfast
