// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "scenario.h"
#include "watch/json_lines.h"
#include "watch/plain_lines.h"
#include "watch/wording.h"

using namespace landfast;
using namespace landfast::test;

namespace {

std::string plain(const std::vector<Event>& events) {
  std::string out;
  PlainLines lines([&](std::string_view text) { out += text; });
  for (const auto& event : events) lines.on_event(event);
  return out;
}

}  // namespace

TEST_CASE("a pipe gets one line per event") {
  const Story story;
  CHECK(plain({story.started(), story.on(EventKind::step_started, 0, 100),
               story.on(EventKind::step_done, 0, 200),
               story.on(EventKind::step_waiting, 3, 700, "health check: exit code 1\n"),
               story.on(EventKind::step_done, 3, 1200, "healthy"),
               story.done(2900, DeploymentState::committed)}) ==
        "imagion  release 4 → 5  migrate runs, app changes (image), tunnel restarts (app is new "
        "and 1 more)\n"
        "     0.1 s  migrate  starting\n"
        "     0.2 s  migrate  started\n"
        "     0.7 s  app      health check: exit code 1\n"
        "     1.2 s  app      ready: healthy\n"
        "imagion  release 5 in 2.9 s\n");
}

TEST_CASE("progress is told every five seconds, a wait when it changes") {
  const Story story;
  auto progress = [&](int at, std::uint64_t current) {
    auto e = story.on(EventKind::step_progress, 2, at);
    e.current = current;
    e.total = 1000;
    return e;
  };
  CHECK(plain({progress(0, 10), progress(1000, 200), progress(5000, 500),
               story.on(EventKind::step_waiting, 3, 5000, "health check: starting"),
               story.on(EventKind::step_waiting, 3, 5100, "health check: starting"),
               story.on(EventKind::step_waiting, 3, 5200, "health check: exit code 1")}) ==
        "     0.0 s  app  1 % of 1000 B\n"
        "     5.0 s  app  50 % of 1000 B\n"
        "     5.0 s  app  health check: starting\n"
        "     5.2 s  app  health check: exit code 1\n");
}

TEST_CASE("every end of a run has its words") {
  const Story story;
  Error error;
  const auto end = [&](DeploymentState state, const Error* e, std::optional<std::int64_t> was) {
    return outcome_text(story.done(1500, state, e), was);
  };
  CHECK(end(DeploymentState::committed, nullptr, 4) == "release 5 in 1.5 s");
  CHECK(end(DeploymentState::undone, &error, 4) == "undone in 1.5 s   release 4 serves as before");
  auto sick = story.done(1500, DeploymentState::undone, &error);
  sick.text = "app runs again, but is not ready";
  CHECK(outcome_text(sick, 4) == "undone in 1.5 s   release 4 is back, not all of it is ready");
  CHECK(end(DeploymentState::undone, &error, {}) ==
        "undone in 1.5 s   nothing of it is left running");
  CHECK(end(DeploymentState::stuck, &error, 4) == "stuck after 1.5 s   a person is needed");
  CHECK(end(DeploymentState::planned, &error, 4) == "stopped before anything was touched");
  CHECK(end(DeploymentState::rolling, &error, 4) == "failed after 1.5 s");
}

TEST_CASE("the summary names up to four changes and counts more") {
  Plan plan = update_plan();
  CHECK(plan_summary(plan) ==
        "migrate runs, app changes (image), tunnel restarts (app is new and 1 more)");
  for (const char* name : {"a", "b", "c"})
    plan.services.push_back({.service = name, .change = ServiceChange::created});
  CHECK(plan_summary(plan) == "3 new, 1 changed, 1 restart, 1 run");
  plan.services.clear();
  plan.steps.clear();
  CHECK(plan_summary(plan) == "nothing to do");
  CHECK(release_change(plan) == "release 4");
}

TEST_CASE("an event as JSON holds what docs/json.md says") {
  const Story story;
  Error error;
  error.code = Code::timeout;
  error.text = "not healthy";
  auto failed = story.on(EventKind::step_failed, 3, 1500);
  failed.error = &error;
  std::string out;
  JsonLines lines([&](std::string_view text) { out += text; });
  lines.on_event(failed);
  CHECK(out ==
        R"({"event":"step_failed","at_ms":1500,"stack":"imagion","deployment":7,)"
        R"("step":{"id":"app/1:ready","kind":"wait until ready","service":"app","number":1},)"
        R"("error":{"code":"timeout","text":"not healthy"}})"
        "\n");
  const auto done = event_json(story.done(2900, DeploymentState::committed));
  CHECK(done.at("release") == 5);
  CHECK(done.at("state") == "committed");
  CHECK(done.at("took_ms") == 2900);
}
