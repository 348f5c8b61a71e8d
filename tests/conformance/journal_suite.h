// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "fake/simulated_clock.h"
#include "port/journal.h"

/// What every Journal does. `Make` is a callable that returns an owner of a fresh, empty journal:
/// anything with `journal()` (a Journal&) and `reopened()` (the same facts, after a restart of the
/// process where the implementation has one).
namespace landfast::conformance {

struct JournalUser {
  SimulatedClock& clock;
  Journal& journal;

  History history(const std::string& stack) { return clock.run(journal.history(stack)).value(); }
  std::int64_t begin(const std::string& stack, std::int64_t number = 0) {
    return clock.run(try_begin(stack, number)).value();
  }
  Task<Result<std::int64_t>> try_begin(const std::string& stack, std::int64_t number = 0) {
    Deployment d;
    d.number = number;
    d.stack = stack;
    d.started = clock.utc();
    d.user = "anna";
    d.plan_hash = "feed";
    return journal.begin_deployment(d);
  }
  Status state(std::int64_t deployment, DeploymentState s) {
    return clock.run(journal.set_state(deployment, s));
  }
  Status intend(std::int64_t deployment, const std::string& step, const std::string& facts = "{}") {
    return clock.run(journal.intend({deployment, step, "create_container", "new image", facts}));
  }
  Status record(std::int64_t deployment, const std::string& step, StepOutcome outcome,
                const std::string& result = "{}") {
    return clock.run(journal.record(deployment, step, outcome, result));
  }
  std::vector<StepRecord> steps(std::int64_t deployment) {
    return clock.run(journal.steps(deployment)).value();
  }
  Result<std::int64_t> commit(std::int64_t deployment, std::vector<OneShotRun> one_shots = {},
                              std::int64_t data_before = 0) {
    Release r;
    r.data_before = data_before;
    r.created = clock.utc();
    r.user = "anna";
    r.duration_ms = 2900;
    r.git_revision = "c0ffee";
    r.cause = "app changes (image)";
    r.services["app"] = {"app:2", "sha256:22", "hash", "digest"};
    r.services["db"] = {"postgres:15", "sha256:15", "hash-db", ""};
    r.origin = deployment - 1;
    r.inputs_digest = "d1";
    return clock.run(journal.commit(deployment, r, std::move(one_shots)));
  }
  Status end(std::int64_t deployment, DeploymentState s, const std::string& error = "") {
    return clock.run(journal.end_deployment(deployment, s, error));
  }
};

inline StackInputs inputs_of(const std::string& stack) {
  return {stack,
          "/srv/" + stack,
          {"/srv/compose.yaml", "/srv/\"odd\" näme.yaml"},
          {"/srv/.env"},
          {"migration"}};
}

template <class Make>
void a_fresh_journal_knows_nothing(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  const auto h = user.history("blog");
  CHECK_FALSE(h.inputs);
  CHECK_FALSE(h.current);
  CHECK_FALSE(h.unfinished);
  CHECK(h.next_deployment == 1);
  CHECK(h.one_shots.empty());
  CHECK(h.volumes.empty());
  CHECK(clock.run(user.journal.stacks()).value().empty());
  CHECK(clock.run(user.journal.releases("blog")).value().empty());
  CHECK(clock.run(user.journal.deployments("blog")).value().empty());
  CHECK(user.steps(1).empty());
}

template <class Make>
void a_committed_deployment_is_a_release(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  CHECK(user.begin("blog") == 1);
  CHECK(user.state(1, DeploymentState::rolling));
  auto h = user.history("blog");
  REQUIRE(h.unfinished);
  CHECK(h.unfinished->number == 1);
  CHECK(h.unfinished->stack == "blog");
  CHECK(h.unfinished->state == DeploymentState::rolling);
  CHECK(h.unfinished->user == "anna");
  CHECK(h.unfinished->plan_hash == "feed");
  CHECK(h.unfinished->finished.empty());
  clock.advance(std::chrono::seconds(3));
  CHECK(user.commit(1).value() == 1);

  JournalUser later{clock, owner.reopened()};
  h = later.history("blog");
  CHECK_FALSE(h.unfinished);
  CHECK(h.next_deployment == 2);
  REQUIRE(h.current);
  CHECK(h.current->number == 1);
  CHECK(h.current->deployment == 1);
  CHECK(h.current->duration_ms == 2900);
  CHECK(h.current->git_revision == "c0ffee");
  CHECK(h.current->cause == "app changes (image)");
  CHECK(h.current->origin == 0);
  CHECK(h.current->inputs_digest == "d1");
  REQUIRE(h.current->services.size() == 2);
  CHECK(h.current->services.at("app").image_ref == "app:2");
  CHECK(h.current->services.at("app").image_id == "sha256:22");
  CHECK(h.current->services.at("app").config_hash == "hash");
  CHECK(h.current->services.at("app").content_digest == "digest");
  const auto all = clock.run(later.journal.deployments("blog")).value();
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == DeploymentState::committed);
  CHECK(all[0].finished == "2026-11-03T02:10:03.000Z");
  CHECK(all[0].error.empty());
}

template <class Make>
void releases_are_numbered_per_stack_and_deployments_over_all(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  CHECK(user.commit(user.begin("blog")).value() == 1);
  CHECK(user.commit(user.begin("shop")).value() == 1);
  CHECK(user.commit(user.begin("blog")).value() == 2);
  const auto releases = clock.run(user.journal.releases("blog")).value();
  REQUIRE(releases.size() == 2);
  CHECK(releases[0].number == 2);  // newest first
  CHECK(releases[0].deployment == 3);
  CHECK(releases[0].origin == 2);
  CHECK(releases[1].deployment == 1);
  CHECK(releases[1].services.size() == 2);
  CHECK(user.history("shop").next_deployment == 4);
  const auto deployments = clock.run(user.journal.deployments("blog")).value();
  REQUIRE(deployments.size() == 2);
  CHECK(deployments[0].number == 3);
}

template <class Make>
void a_planned_number_is_kept_or_refused(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  CHECK(user.begin("blog", 7) == 7);
  const auto taken = clock.run(user.try_begin("shop", 7));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Code::conflict);
  CHECK(taken.error().retryable);
  CHECK(user.history("shop").next_deployment == 8);
  CHECK(user.begin("shop") == 8);
}

template <class Make>
void one_deployment_at_a_time(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  CHECK(user.begin("blog") == 1);
  const auto second = clock.run(user.try_begin("blog"));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::conflict);
  CHECK_FALSE(second.error().retryable);
  CHECK(user.begin("shop") == 2);
  CHECK(user.end(1, DeploymentState::undone));
  CHECK(user.begin("blog") == 3);
  CHECK(user.end(3, DeploymentState::stuck, "disk full"));
  CHECK(user.history("blog").unfinished->error == "disk full");
  CHECK(user.begin("blog") == 4);
}

template <class Make>
void states_are_high_water_marks(Make make) {
  using enum DeploymentState;
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  user.begin("blog");
  const auto now = [&] { return clock.run(user.journal.deployments("blog")).value()[0].state; };
  CHECK(now() == planned);
  CHECK(user.state(1, rolling));
  CHECK(user.state(1, migrating));  // a later part of the DAG: no step back
  CHECK(now() == rolling);
  CHECK(user.state(1, committed).error().code == Code::invalid);
  CHECK(user.end(1, committed).error().code == Code::invalid);
  CHECK(user.end(1, rolling).error().code == Code::invalid);
  CHECK(user.state(1, undoing));
  CHECK(user.state(1, verifying).error().code == Code::conflict);
  CHECK(user.commit(1).error().code == Code::conflict);
  CHECK(user.end(1, stuck, "needs you"));
  CHECK(user.commit(1).error().code == Code::conflict);
  CHECK(user.state(1, rolling).error().code == Code::conflict);
  CHECK(user.state(1, undoing));
  CHECK(now() == undoing);
  CHECK(user.end(1, undone));
  CHECK(user.end(1, undone));  // said twice is said once
  CHECK(user.end(1, stuck).error().code == Code::conflict);
  CHECK(user.state(1, undoing).error().code == Code::conflict);
  CHECK(user.state(99, rolling).error().code == Code::not_found);
  CHECK(user.end(99, undone).error().code == Code::not_found);
  CHECK(user.commit(99).error().code == Code::not_found);
  CHECK_FALSE(user.history("blog").unfinished);
  CHECK_FALSE(user.history("blog").current);
}

template <class Make>
void a_commit_is_said_once(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  user.begin("blog");
  CHECK(user.commit(1).value() == 1);
  CHECK(user.commit(1).value() == 1);  // its answer was lost
  CHECK(clock.run(user.journal.releases("blog")).value().size() == 1);
  CHECK(user.state(1, DeploymentState::undoing).error().code == Code::conflict);
  CHECK(user.end(1, DeploymentState::undone).error().code == Code::conflict);
  CHECK(user.intend(1, "app/1:remove-old"));  // it finishes forward
}

template <class Make>
void steps_keep_intent_and_outcome(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  user.begin("blog");
  user.begin("shop");
  CHECK(user.intend(1, "b:create", R"({"old":"x"})"));
  CHECK(user.intend(1, "a:create"));
  CHECK(user.intend(2, "a:create"));
  CHECK(user.record(1, "b:create", StepOutcome::done, R"({"id":"1"})"));
  CHECK(user.record(1, "c:create", StepOutcome::done).error().code == Code::not_found);
  CHECK(user.record(9, "a:create", StepOutcome::done).error().code == Code::not_found);
  CHECK(user.intend(9, "a:create").error().code == Code::not_found);

  JournalUser later{clock, owner.reopened()};
  auto steps = later.steps(1);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].intent.step == "b:create");  // in the order in which they were first intended
  CHECK(steps[0].intent.deployment == 1);
  CHECK(steps[0].intent.kind == "create_container");
  CHECK(steps[0].intent.cause == "new image");
  CHECK(steps[0].intent.facts == R"({"old":"x"})");
  CHECK(steps[0].finished);
  CHECK(steps[0].outcome == StepOutcome::done);
  CHECK(steps[0].result == R"({"id":"1"})");
  CHECK_FALSE(steps[1].finished);
  CHECK(later.steps(2).size() == 1);

  CHECK(later.record(1, "b:create", StepOutcome::undone, "gone"));
  CHECK(later.record(1, "a:create", StepOutcome::failed, "no space"));
  steps = later.steps(1);
  CHECK(steps[0].outcome == StepOutcome::undone);
  CHECK(steps[1].outcome == StepOutcome::failed);
  CHECK(steps[1].result == "no space");

  CHECK(later.intend(1, "b:create", "again"));  // a new try has no outcome yet
  steps = later.steps(1);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].intent.facts == "again");
  CHECK_FALSE(steps[0].finished);
  CHECK(later.end(1, DeploymentState::undone));
  CHECK(later.intend(1, "d:create").error().code == Code::conflict);
}

template <class Make>
void one_shots_are_remembered(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  const OneShotRun migrate{"migrate", "sha256:1", "m1", 0, true};
  const OneShotRun seed{"seed", "sha256:1", "s1", 0, false};
  CHECK(user.commit(user.begin("blog"), {migrate, seed}));
  CHECK(user.commit(user.begin("blog"), {migrate}));
  const auto runs = user.history("blog").one_shots;
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].service == "migrate");  // newest first
  CHECK(runs[0].image_id == "sha256:1");
  CHECK(runs[0].model_hash == "m1");
  CHECK(runs[0].deployment == 2);
  CHECK(runs[0].migration);
  CHECK_FALSE(runs[1].migration);
  CHECK(runs[1].service == "seed");
  CHECK(runs[1].deployment == 1);
  CHECK(user.history("shop").one_shots.empty());
}

template <class Make>
void data_that_goes_back_takes_its_runs_with_it(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  const auto run = [](const char* image) { return OneShotRun{"migrate", image, "m", 0, true}; };
  const auto images = [&](std::int64_t before) {
    std::vector<std::string> found;
    for (const auto& r : runs_before(user.history("blog"), before)) found.push_back(r.image_id);
    return found;
  };
  using Images = std::vector<std::string>;
  CHECK(user.commit(user.begin("blog"), {run("1")}));
  CHECK(user.commit(user.begin("blog"), {run("2")}));
  CHECK(images(INT64_MAX) == Images{"2", "1"});
  CHECK(user.commit(user.begin("blog"), {}, 2));  // as release 1 left it
  CHECK(images(INT64_MAX) == Images{"1"});
  CHECK(images(3) == Images{"2", "1"});
  CHECK(user.commit(user.begin("blog"), {}, 3));  // and forth again
  CHECK(images(INT64_MAX) == Images{"2", "1"});
  CHECK(images(4) == Images{"1"});
  CHECK(user.history("blog").current->data_before == 3);
  CHECK(user.commit(user.begin("blog"), {run("3")}));
  CHECK(images(INT64_MAX) == Images{"3", "2", "1"});
}

template <class Make>
void inputs_and_volumes_are_kept_per_stack(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  auto old = inputs_of("shop");
  old.profiles = {"old"};
  CHECK(clock.run(user.journal.remember_inputs(old)));
  CHECK(clock.run(user.journal.remember_inputs(inputs_of("shop"))));
  CHECK(clock.run(user.journal.remember_inputs(inputs_of("blog"))));
  CHECK(clock.run(user.journal.remember_volumes("blog", {"blog_db", "blog_cache"})));
  CHECK(clock.run(user.journal.remember_volumes("blog", {"blog_db", "blog_files"})));
  CHECK(clock.run(user.journal.remember_volumes("bare", {})));

  JournalUser later{clock, owner.reopened()};
  CHECK(later.history("shop").inputs == inputs_of("shop"));
  CHECK(later.history("blog").volumes ==
        std::vector<std::string>{"blog_cache", "blog_db", "blog_files"});
  CHECK(later.history("shop").volumes.empty());
  const auto stacks = clock.run(later.journal.stacks()).value();
  REQUIRE(stacks.size() == 2);
  CHECK(stacks[0] == inputs_of("blog"));
  CHECK(stacks[1] == inputs_of("shop"));
  CHECK(clock.run(later.journal.remember_volumes("", {"x"})).error().code == Code::invalid);
}

template <class Make>
void a_closed_stack_is_forgotten_but_its_releases_stay(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  CHECK(clock.run(user.journal.remember_inputs(inputs_of("blog"))));
  CHECK(clock.run(user.journal.remember_volumes("blog", {"blog_db"})));
  CHECK(user.commit(user.begin("blog"), {{"migrate", "sha256:1", "m1", 0}}));
  CHECK_FALSE(user.history("blog").closed);
  CHECK(clock.run(user.journal.close_stack("blog")));
  CHECK(clock.run(user.journal.close_stack("blog")));
  CHECK(clock.run(user.journal.close_stack("unknown")));

  JournalUser later{clock, owner.reopened()};
  auto h = later.history("blog");
  CHECK_FALSE(h.inputs);
  CHECK(h.volumes.empty());
  CHECK(h.one_shots.empty());
  REQUIRE(h.current);
  CHECK(h.current->number == 1);
  CHECK(h.closed);
  CHECK(clock.run(later.journal.stacks()).value().empty());

  CHECK(later.begin("blog") == 2);  // a new life
  CHECK(later.history("blog").closed);
  CHECK(later.commit(2).value() == 2);
  h = later.history("blog");
  CHECK_FALSE(h.closed);
  CHECK(h.volumes.empty());
  CHECK(h.one_shots.empty());
  CHECK(clock.run(later.journal.deployments("blog")).value().size() == 2);
}

template <class Make>
void calls_may_overlap(Make make) {
  SimulatedClock clock;
  auto owner = make(clock);
  JournalUser user{clock, owner.journal()};
  user.begin("blog");
  struct Story {
    static Task<void> step(Journal& journal, std::string name, int& good) {
      StepIntent intent;
      intent.deployment = 1;
      intent.step = name;
      const auto intended = co_await journal.intend(std::move(intent));
      const auto recorded = co_await journal.record(1, name, StepOutcome::done, name);
      if (intended && recorded) ++good;
    }
  };
  int good = 0;
  TaskGroup group;
  for (int i = 0; i < 20; ++i)
    group.spawn(Story::step(user.journal, "step " + std::to_string(i), good));
  CHECK(clock.run(group));
  CHECK(good == 20);
  const auto steps = user.steps(1);
  REQUIRE(steps.size() == 20);
  for (int i = 0; i < 20; ++i) {
    const auto& step = steps[static_cast<std::size_t>(i)];
    CHECK(step.intent.step == "step " + std::to_string(i));
    CHECK(step.result == step.intent.step);
  }
}

/// Registers every case as a doctest subcase of the calling test.
template <class Make>
void journal_suite(Make make) {
  SUBCASE("a fresh journal knows nothing") { a_fresh_journal_knows_nothing(make); }
  SUBCASE("a committed deployment is a release") { a_committed_deployment_is_a_release(make); }
  SUBCASE("numbers") { releases_are_numbered_per_stack_and_deployments_over_all(make); }
  SUBCASE("a planned number is kept or refused") { a_planned_number_is_kept_or_refused(make); }
  SUBCASE("one deployment at a time") { one_deployment_at_a_time(make); }
  SUBCASE("states are high-water marks") { states_are_high_water_marks(make); }
  SUBCASE("a commit is said once") { a_commit_is_said_once(make); }
  SUBCASE("steps keep intent and outcome") { steps_keep_intent_and_outcome(make); }
  SUBCASE("one-shots") { one_shots_are_remembered(make); }
  SUBCASE("data that goes back") { data_that_goes_back_takes_its_runs_with_it(make); }
  SUBCASE("inputs and volumes") { inputs_and_volumes_are_kept_per_stack(make); }
  SUBCASE("a closed stack") { a_closed_stack_is_forgotten_but_its_releases_stay(make); }
  SUBCASE("calls may overlap") { calls_may_overlap(make); }
}

}  // namespace landfast::conformance
