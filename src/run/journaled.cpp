// SPDX-License-Identifier: Apache-2.0
#include "run/journaled.h"

#include <boost/json/serialize.hpp>

#include "run/guard.h"
#include "run/saved_logs.h"

namespace landfast {
namespace {

bool is_gate(const Step& step) {
  return step.kind == StepKind::await_ready || step.kind == StepKind::await_exit ||
         step.kind == StepKind::verify || step.kind == StepKind::probe_slot;
}

/// One line of an error for the journal; never log lines, which may hold anything.
std::string outcome_text(const Error& error) {
  return error.cause ? error.text + ": " + outcome_text(*error.cause) : error.text;
}

}  // namespace

Task<Status> told_step(Session& session, const Step& step) {
  const auto begin = session.ports.clock.now();
  session.emit(EventKind::step_started, &step);
  auto outcome = co_await do_step(session, step);
  if (!outcome && session.project != nullptr) {
    Redactor redactor;  // what the error cites may go to terminals, pipes and CI
    add_secrets(redactor, *session.project);
    redactor.apply(outcome.error());
  }
  auto event = session.event(outcome ? EventKind::step_done : EventKind::step_failed, &step);
  event.took = session.ports.clock.now() - begin;
  if (outcome) event.text = *outcome;
  if (!outcome) event.error = &outcome.error();
  session.on_event(event);
  if (!outcome) co_return fail(std::move(outcome).error());
  co_return Status{};
}

Task<Status> journaled_step(Session& session, const Step& step) {
  if (is_gate(step)) co_return co_await told_step(session, step);
  auto& journal = session.ports.journal;
  StepIntent intent;
  intent.deployment = session.plan.deployment;
  intent.step = step.id;
  intent.kind = std::string(to_string(step.kind));
  intent.cause = step.cause;
  CO_TRY(const auto facts, co_await facts_before(session, step));
  intent.facts = boost::json::serialize(facts);
  CO_TRY_VOID(co_await journal.intend(std::move(intent)));
  auto status = co_await told_step(session, step);
  auto recorded = co_await journal.record(session.plan.deployment, step.id,
                                          status ? StepOutcome::done : StepOutcome::failed,
                                          status ? std::string() : outcome_text(status.error()));
  if (!status) co_return status;
  co_return recorded;
}

}  // namespace landfast
