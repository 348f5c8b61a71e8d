// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "journal/facts.h"

namespace landfast::journal {
namespace {

using sqlite::Connection;
using enum DeploymentState;

std::string json(const std::vector<std::string>& texts) {
  boost::json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return boost::json::serialize(list);
}

/// Id of the stack's present life, which begins here where it has none.
Result<std::int64_t> life_of(Connection& c, std::string_view at, std::string_view stack) {
  if (stack.empty()) return fail(Code::invalid, "a stack without a name cannot be journaled");
  TRY(const auto life, open_life(c, stack));
  if (life != 0) return life;
  TRY_VOID(c.execute("INSERT INTO stack (name, opened) VALUES (?, ?)", {stack, at}));
  return c.last_id();
}

Result<DeploymentState> state_of(Connection& c, std::int64_t deployment) {
  TRY(auto rows, c.query("SELECT state FROM deployment_state WHERE deployment = ?"
                         " ORDER BY id DESC LIMIT 1",
                         {deployment}));
  TRY(const bool row, rows.next());
  if (!row)
    return fail(Code::not_found, fmt::format("deployment {} is not in the journal", deployment));
  const auto state = deployment_state(rows.text(0));
  if (!state)
    return fail(Code::corrupt, fmt::format("deployment {} has the unknown state {}", deployment,
                                           in_quotes(rows.text(0))));
  return *state;
}

Status write_state(Connection& c, std::string_view at, std::int64_t deployment,
                   DeploymentState state, std::string_view error = "") {
  return c.execute(
      "INSERT INTO deployment_state (deployment, state, at, error) VALUES (?, ?, ?, ?)",
      {deployment, to_string(state), at, error});
}

tl::unexpected<Error> no_way(std::int64_t deployment, DeploymentState from, DeploymentState to) {
  return fail(Code::conflict, fmt::format("deployment {} is {}: it cannot become {}", deployment,
                                          to_string(from), to_string(to)));
}

/// One deployment at a time: the newest one of this life has ended.
Status none_under_way(Connection& c, std::int64_t life) {
  TRY(const auto newest, c.integer("SELECT max(number) FROM deployment WHERE stack = ?", {life}));
  if (newest == 0) return {};
  TRY(const auto state, state_of(c, newest));
  if (state == committed || state == undone || state == stuck) return {};
  return fail(Code::conflict,
              fmt::format("deployment {} has not ended (it is {})", newest, to_string(state)),
              "Run `landfast recover` first.");
}

Status number_is_free(Connection& c, std::int64_t number) {
  TRY(const auto newest, c.integer("SELECT max(number) FROM deployment"));
  if (number > newest) return {};
  Error e;
  e.code = Code::conflict;
  e.retryable = true;
  e.text = fmt::format("number {} was taken by another stack's deployment since the plan was made",
                       number);
  e.hint = "Run the same command again.";
  return fail(std::move(e));
}

Result<std::int64_t> insert_release(Connection& c, std::int64_t deployment, const Release& r) {
  TRY_VOID(c.execute(
      "INSERT INTO release (stack_name, number, deployment, created, user, duration_ms,"
      " git_revision, cause, origin, inputs_digest, data_before) SELECT l.name,"
      " (SELECT coalesce(max(number), 0) + 1 FROM release WHERE stack_name = l.name), d.number,"
      " ?, ?, ?, ?, ?, ?, ?, ? FROM deployment d JOIN stack l ON l.id = d.stack WHERE d.number = ?",
      {r.created, r.user, r.duration_ms, r.git_revision, r.cause, r.origin, r.inputs_digest,
       r.data_before, deployment}));
  const auto id = c.last_id();
  for (const auto& [name, s] : r.services)
    TRY_VOID(c.execute("INSERT INTO release_service VALUES (?, ?, ?, ?, ?, ?)",
                       {id, name, s.image_ref, s.image_id, s.config_hash, s.content_digest}));
  return id;
}

constexpr std::string_view text_of(StepOutcome outcome) {
  return outcome == StepOutcome::done     ? "done"
         : outcome == StepOutcome::failed ? "failed"
                                          : "undone";
}

}  // namespace

Status remember_inputs(Connection& c, std::string_view at, const StackInputs& in) {
  TRY(const auto life, life_of(c, at, in.name));
  return c.execute(
      "INSERT INTO inputs (stack, at, working_dir, files, env_files, profiles)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      {life, at, in.working_dir, json(in.files), json(in.env_files), json(in.profiles)});
}

Result<std::int64_t> begin_deployment(Connection& c, std::string_view at, const Deployment& d) {
  TRY(const auto life, life_of(c, at, d.stack));
  TRY_VOID(none_under_way(c, life));
  sqlite::Value number;
  if (d.number != 0) {
    TRY_VOID(number_is_free(c, d.number));
    number = d.number;
  }
  TRY_VOID(
      c.execute("INSERT INTO deployment (number, stack, started, user, plan_hash)"
                " VALUES (?, ?, ?, ?, ?)",
                {number, life, d.started, d.user, d.plan_hash}));
  const auto given = c.last_id();
  TRY_VOID(write_state(c, at, given, planned));
  return given;
}

Status set_state(Connection& c, std::string_view at, std::int64_t deployment,
                 DeploymentState state) {
  if (state == committed || state == undone || state == stuck)
    return fail(Code::invalid, "a deployment ends only through commit or end_deployment");
  TRY(const auto now, state_of(c, deployment));
  if (now == committed || now == undone) return no_way(deployment, now, state);
  if ((now == undoing || now == stuck) && state != undoing) return no_way(deployment, now, state);
  if (now != stuck && state <= now) return {};  // high-water marks
  return write_state(c, at, deployment, state);
}

Status intend(Connection& c, std::string_view at, const StepIntent& i) {
  TRY(const auto now, state_of(c, i.deployment));
  if (now == undone)
    return fail(Code::conflict,
                fmt::format("deployment {} is undone: no step can follow", i.deployment));
  return c.execute(
      "INSERT INTO step_intent (deployment, step, kind, cause, facts, at)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      {i.deployment, i.step, i.kind, i.cause, i.facts, at});
}

Status record(Connection& c, std::string_view at, std::int64_t deployment, std::string_view step,
              StepOutcome outcome, std::string_view result) {
  TRY(const auto intent,
      c.integer("SELECT max(id) FROM step_intent WHERE deployment = ? AND step = ?",
                {deployment, step}));
  if (intent == 0)
    return fail(Code::not_found, fmt::format("step {} of deployment {} was never intended",
                                             in_quotes(step), deployment));
  return c.execute("INSERT INTO step_outcome (intent, outcome, result, at) VALUES (?, ?, ?, ?)",
                   {intent, text_of(outcome), result, at});
}

Result<std::int64_t> commit(Connection& c, std::string_view at, std::int64_t deployment,
                            const Release& release, const std::vector<OneShotRun>& one_shots) {
  TRY(const auto now, state_of(c, deployment));
  constexpr std::string_view number = "SELECT number FROM release WHERE deployment = ?";
  if (now == committed) return c.integer(number, {deployment});
  if (now == undoing || now == undone || now == stuck) return no_way(deployment, now, committed);
  TRY_VOID(insert_release(c, deployment, release));
  for (const auto& run : one_shots)
    TRY_VOID(
        c.execute("INSERT INTO one_shot (deployment, service, image_id, model_hash, migration)"
                  " VALUES (?, ?, ?, ?, ?)",
                  {deployment, run.service, run.image_id, run.model_hash,
                   std::int64_t{run.migration ? 1 : 0}}));
  TRY_VOID(write_state(c, at, deployment, committed));
  return c.integer(number, {deployment});
}

Status end_deployment(Connection& c, std::string_view at, std::int64_t deployment,
                      DeploymentState state, std::string_view error) {
  if (state != undone && state != stuck)
    return fail(Code::invalid, "end_deployment takes undone or stuck");
  TRY(const auto now, state_of(c, deployment));
  if (now == state) return {};
  if (now == committed || now == undone) return no_way(deployment, now, state);
  return write_state(c, at, deployment, state, error);
}

Status remember_volumes(Connection& c, std::string_view at, std::string_view stack,
                        const std::vector<std::string>& volumes) {
  TRY(const auto life, life_of(c, at, stack));
  for (const auto& name : volumes)
    TRY_VOID(
        c.execute("INSERT INTO volume (stack, name, at) VALUES (?, ?, ?)"
                  " ON CONFLICT DO NOTHING",
                  {life, name, at}));
  return {};
}

Status close_stack(Connection& c, std::string_view at, std::string_view stack) {
  TRY(const auto life, open_life(c, stack));
  if (life == 0) return {};
  return c.execute("INSERT INTO stack_end (stack, at) VALUES (?, ?)", {life, at});
}

}  // namespace landfast::journal
