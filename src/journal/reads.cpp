// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "journal/facts.h"

namespace landfast::journal {
namespace {

using sqlite::Connection;
using sqlite::Query;

/// The texts of a JSON array; what is none (damage) is an empty list.
std::vector<std::string> texts(const std::string& json) {
  std::vector<std::string> list;
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  if (error || !value.is_array()) return list;
  for (const auto& item : value.get_array())
    if (item.is_string()) list.emplace_back(item.get_string());
  return list;
}

/// Collects `read(row)` of every row.
template <class T, class Read>
Result<std::vector<T>> all(Result<Query> rows, Read read) {
  if (!rows) return fail(std::move(rows).error());
  std::vector<T> list;
  for (;;) {
    TRY(const bool row, rows->next());
    if (!row) return list;
    list.push_back(read(*rows));
  }
}

StackInputs inputs_of(const Query& row) {
  StackInputs inputs;
  inputs.name = row.text(0);
  inputs.working_dir = row.text(1);
  inputs.files = texts(row.text(2));
  inputs.env_files = texts(row.text(3));
  inputs.profiles = texts(row.text(4));
  return inputs;
}

bool ended(DeploymentState state) {
  using enum DeploymentState;
  return state == committed || state == undone || state == stuck;
}

Deployment deployment_of(const Query& row) {
  Deployment d;
  d.number = row.integer(0);
  d.stack = row.text(1);
  d.state = deployment_state(row.text(2)).value_or(DeploymentState::stuck);
  d.started = row.text(3);
  if (ended(d.state)) d.finished = row.text(4);
  d.user = row.text(5);
  d.plan_hash = row.text(6);
  d.error = row.text(7);
  return d;
}

Release release_of(const Query& row) {
  Release r;
  r.number = row.integer(0);
  r.deployment = row.integer(1);
  r.created = row.text(2);
  r.user = row.text(3);
  r.duration_ms = row.integer(4);
  r.git_revision = row.text(5);
  r.cause = row.text(6);
  r.origin = row.integer(7);
  r.inputs_digest = row.text(8);
  r.data_before = row.integer(9);
  return r;
}

constexpr std::string_view deployment_columns =
    "SELECT d.number, l.name, s.state, d.started, s.at, d.user, d.plan_hash, s.error"
    " FROM deployment d JOIN stack l ON l.id = d.stack JOIN deployment_state s ON s.id ="
    " (SELECT max(id) FROM deployment_state WHERE deployment = d.number) ";

/// Newest first, at most `limit` (-1: all).
Result<std::vector<Release>> newest_releases(Connection& c, std::string_view stack,
                                             std::int64_t limit) {
  TRY(auto list,
      all<Release>(
          c.query(
              "SELECT number, deployment, created, user, duration_ms, git_revision,"
              " cause, origin, inputs_digest, data_before FROM release WHERE stack_name = ? ORDER "
              "BY number DESC LIMIT ?",
              {stack, limit}),
          release_of));
  for (auto& release : list) {
    TRY(auto rows, c.query("SELECT service, image_ref, image_id, config_hash, content_digest"
                           " FROM release_service JOIN release ON release.id = release"
                           " WHERE deployment = ?",
                           {release.deployment}));
    for (;;) {
      TRY(const bool row, rows.next());
      if (!row) break;
      release.services[rows.text(0)] = {rows.text(1), rows.text(2), rows.text(3), rows.text(4)};
    }
  }
  return list;
}

/// What belongs to the present life of the stack.
Status read_life(Connection& c, std::int64_t life, History& h) {
  TRY(auto inputs,
      all<StackInputs>(c.query("SELECT name, working_dir, files, env_files, profiles FROM inputs i"
                               " JOIN stack l ON l.id = i.stack WHERE l.id = ?"
                               " ORDER BY i.id DESC LIMIT 1",
                               {life}),
                       inputs_of));
  if (!inputs.empty()) h.inputs = std::move(inputs.front());
  TRY(h.one_shots, all<OneShotRun>(c.query("SELECT service, image_id, model_hash, o.deployment,"
                                           " migration FROM one_shot o JOIN deployment d"
                                           " ON d.number = o.deployment WHERE d.stack = ?"
                                           " ORDER BY o.id DESC",
                                           {life}),
                                   [](const Query& row) {
                                     return OneShotRun{row.text(0), row.text(1), row.text(2),
                                                       row.integer(3), row.integer(4) != 0};
                                   }));
  TRY(h.returns,
      all<DataReturn>(c.query("SELECT r.deployment, data_before FROM release r JOIN deployment d"
                              " ON d.number = r.deployment WHERE d.stack = ? AND data_before > 0"
                              " ORDER BY r.deployment DESC",
                              {life}),
                      [](const Query& row) {
                        return DataReturn{row.integer(0), row.integer(1)};
                      }));
  TRY(h.volumes,
      all<std::string>(c.query("SELECT name FROM volume WHERE stack = ? ORDER BY name", {life}),
                       [](const Query& row) { return row.text(0); }));
  TRY(auto newest, all<Deployment>(c.query(std::string(deployment_columns) +
                                               "WHERE l.id = ? ORDER BY d.number DESC LIMIT 1",
                                           {life}),
                                   deployment_of));
  if (newest.empty()) return {};
  using enum DeploymentState;
  if (newest.front().state != committed && newest.front().state != undone)
    h.unfinished = std::move(newest.front());
  return {};
}

}  // namespace

Result<std::int64_t> open_life(Connection& c, std::string_view stack) {
  return c.integer(
      "SELECT max(id) FROM stack WHERE name = ? AND id NOT IN (SELECT stack FROM stack_end)",
      {stack});
}

Result<History> history(Connection& c, std::string_view stack) {
  History h;
  TRY(auto identity, c.query("SELECT id FROM identity"));
  TRY(const bool named, identity.next());
  if (!named) return fail(Code::corrupt, "the journal has lost its identity");
  h.journal = identity.text(0);
  TRY(auto current, newest_releases(c, stack, 1));
  if (!current.empty()) h.current = std::move(current.front());
  TRY(const auto newest, c.integer("SELECT max(number) FROM deployment"));
  h.next_deployment = newest + 1;
  TRY(const auto life, open_life(c, stack));
  if (h.current) {
    TRY(const auto own, c.integer("SELECT count(*) FROM deployment WHERE number = ? AND stack = ?",
                                  {h.current->deployment, life}));
    h.closed = own == 0;
  }
  if (life != 0) TRY_VOID(read_life(c, life, h));
  return h;
}

Result<std::vector<StepRecord>> steps(Connection& c, std::int64_t deployment) {
  constexpr std::string_view sql =
      "SELECT i.step, i.kind, i.cause, i.facts, o.outcome, o.result FROM"
      " (SELECT min(id) AS first, max(id) AS last FROM step_intent WHERE deployment = ?"
      " GROUP BY step) g JOIN step_intent i ON i.id = g.last LEFT JOIN step_outcome o ON o.id ="
      " (SELECT max(id) FROM step_outcome WHERE intent = g.last) ORDER BY g.first";
  return all<StepRecord>(c.query(sql, {deployment}), [deployment](const Query& row) {
    StepRecord r;
    r.intent = {deployment, row.text(0), row.text(1), row.text(2), row.text(3)};
    r.finished = !row.null(4);
    const auto outcome = row.text(4);
    r.outcome = outcome == "failed"   ? StepOutcome::failed
                : outcome == "undone" ? StepOutcome::undone
                                      : StepOutcome::done;
    r.result = row.text(5);
    return r;
  });
}

Result<std::vector<Release>> releases(Connection& c, std::string_view stack) {
  return newest_releases(c, stack, -1);
}

Result<std::vector<Deployment>> deployments(Connection& c, std::string_view stack) {
  return all<Deployment>(
      c.query(std::string(deployment_columns) + "WHERE l.name = ? ORDER BY d.number DESC", {stack}),
      deployment_of);
}

Result<std::vector<StackInputs>> stacks(Connection& c) {
  return all<StackInputs>(
      c.query("SELECT name, working_dir, files, env_files, profiles FROM inputs i"
              " JOIN stack l ON l.id = i.stack"
              " WHERE i.id IN (SELECT max(id) FROM inputs GROUP BY stack)"
              " AND l.id NOT IN (SELECT stack FROM stack_end) ORDER BY name"),
      inputs_of);
}

}  // namespace landfast::journal
