// SPDX-License-Identifier: Apache-2.0
#include "run/standing.h"

#include <fmt/format.h>

#include "plan/create_body.h"
#include "plan/shared_namespaces.h"
#include "run/gate_error.h"

namespace landfast {
namespace {

constexpr int most_rounds = 3;

/// An owner that was started again has new namespaces; who joined the old ones is cut off.
Task<Result<bool>> shares_old_namespace(Session& session, const Container& container) {
  for (const auto& [kind, id] : joined_namespaces(container)) {
    CO_TRY(const auto owner, co_await session.ports.engine.container(id));
    if (is_cut_off(session.ports.probe, container, owner, kind)) co_return true;
  }
  co_return false;
}

bool starts_again(const RestartPolicy& policy, int exit_code) {
  return policy.name == "always" || policy.name == "unless-stopped" ||
         (policy.name == "on-failure" && exit_code != 0);
}

Task<Status> pass_again(Session& session, const Step& gate, StepKind kind,
                        const std::string& container, std::string why) {
  session.emit(EventKind::notice, &gate, std::move(why));
  Step again = gate;
  again.kind = kind;
  again.container_id = container;
  CO_TRY_VOID(co_await do_step(session, again));
  CO_TRY_VOID(co_await do_step(session, gate));
  co_return Status{};
}

/// True where something had to be done; then everything is looked at once more.
Task<Result<bool>> raise(Session& session, const Step& gate) {
  const auto& service = session.project->services.at(gate.service);
  const auto id = session.created.at(slot_of(gate));
  CO_TRY(const auto now, co_await session.ports.engine.container(id));
  if (now.status == ContainerStatus::restarting) {  // the engine plays its policy
    CO_TRY_VOID(co_await do_step(session, gate));
    co_return true;
  }
  if (now.status != ContainerStatus::running) {
    auto text =
        fmt::format("{} ended with exit code {} after it was ready", gate.service, now.exit_code);
    if (!starts_again(restart_policy(service), now.exit_code))
      co_return fail(co_await gate_error(session.ports.engine, id, std::move(text), {}));
    text += "; starting it again";
    CO_TRY_VOID(co_await pass_again(session, gate, StepKind::start_container, id, text));
    co_return true;
  }
  CO_TRY(const bool cut_off, co_await shares_old_namespace(session, now));
  if (!cut_off) co_return false;
  auto text =
      fmt::format("{} shares what its owner had before a restart; restarting it", gate.service);
  CO_TRY_VOID(co_await pass_again(session, gate, StepKind::restart_container, id, text));
  co_return true;
}

}  // namespace

bool is_cut_off(Probe& probe, const Container& container, const Container& owner,
                const std::string& kind) {
  const auto same = probe.same_namespace(container.pid, owner.pid, kind);
  return same && !*same;
}

Task<Status> await_standing(Session& session) {
  for (int round = 0; round < most_rounds; ++round) {
    bool changed = false;
    for (const auto& step : session.plan.steps) {
      const auto slot = slot_of(step);
      if (step.kind != StepKind::await_ready || !session.created.contains(slot)) continue;
      if (session.ended.contains(slot)) continue;
      CO_TRY(const bool raised, co_await raise(session, step));
      changed = changed || raised;
    }
    if (!changed) co_return Status{};
  }
  co_return fail(Code::failed, "the new containers do not stay up: one ends again and again");
}

}  // namespace landfast
