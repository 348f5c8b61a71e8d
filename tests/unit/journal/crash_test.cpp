// SPDX-License-Identifier: Apache-2.0
// The journal on a disk that ends at every point: killed, torn, without power, full, failing. What
// was acknowledged is there, in order, and nothing that was not asked for.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <functional>

#include "crash_disk.h"
#include "fake/simulated_clock.h"
#include "journal/sqlite_journal.h"
#include "unit/scratch.h"

using namespace landfast;
using test::CrashDisk;
using test::DiskOp;
using test::Files;

namespace {

using Call = std::function<Status(SimulatedClock&, Journal&)>;

Status status(const Result<std::int64_t>& r) {
  return r ? Status{} : Status(tl::unexpected<Error>(r.error()));
}

Call begin(std::string stack) {
  return [stack](SimulatedClock& clock, Journal& journal) {
    Deployment d;
    d.stack = stack;
    d.user = "anna";
    return status(clock.run(journal.begin_deployment(d)));
  };
}

Call intend(std::int64_t deployment, std::string step, std::size_t size) {
  return [=](SimulatedClock& clock, Journal& journal) {
    return clock.run(
        journal.intend({deployment, step, "create_container", "why", std::string(size, 'f')}));
  };
}

Call record(std::int64_t deployment, std::string step) {
  return [=](SimulatedClock& clock, Journal& journal) {
    return clock.run(journal.record(deployment, step, StepOutcome::done, "{}"));
  };
}

Call commit(std::int64_t deployment) {
  return [=](SimulatedClock& clock, Journal& journal) {
    Release r;
    r.cause = "why";
    for (int i = 0; i < 10; ++i)
      r.services["service-" + std::to_string(i)] = {"ref", "sha256:1", "hash", "digest"};
    return status(clock.run(journal.commit(deployment, r, {{"migrate", "sha256:1", "m", 0}})));
  };
}

Call to(std::int64_t deployment, DeploymentState state) {
  return [=](SimulatedClock& clock, Journal& journal) {
    return clock.run(journal.set_state(deployment, state));
  };
}

Call stack_facts(std::string stack) {
  return [=](SimulatedClock& clock, Journal& journal) -> Status {
    TRY_VOID(clock.run(journal.remember_inputs({stack, "/srv", {"/srv/compose.yaml"}, {}, {}})));
    return {};
  };
}

Call volumes(std::string stack) {
  return [=](SimulatedClock& clock, Journal& journal) {
    return clock.run(journal.remember_volumes(stack, {stack + "_db", stack + "_files"}));
  };
}

/// A first deploy, an update that is undone, another stack; one fact is larger than a page.
const std::vector<Call>& story() {
  using enum DeploymentState;
  static const std::vector<Call> calls{
      begin("blog"),
      intend(1, "db/1:create", 40),
      record(1, "db/1:create"),
      to(1, rolling),
      intend(1, "app/1:create", 20'000),
      record(1, "app/1:create"),
      volumes("blog"),
      commit(1),
      stack_facts("blog"),
      begin("blog"),
      intend(2, "app/1:create", 40),
      to(2, undoing),
      [](SimulatedClock& clock, Journal& journal) {
        return clock.run(journal.end_deployment(2, undone, "health check failed"));
      },
      begin("shop"),
      [](SimulatedClock& clock, Journal& journal) {
        return clock.run(journal.close_stack("blog"));
      },
      commit(3),
  };
  return calls;
}

/// All that the journal knows, as text.
std::string knowledge(SimulatedClock& clock, Journal& journal) {
  std::string text;
  for (const std::string stack : {"blog", "shop"}) {
    const auto h = clock.run(journal.history(stack)).value();
    text += fmt::format("{} inputs {} volumes {} one-shots {} next {} unfinished {}\n", stack,
                        h.inputs ? h.inputs->files.size() : 0, h.volumes.size(), h.one_shots.size(),
                        h.next_deployment, h.unfinished ? h.unfinished->number : 0);
    const auto releases = clock.run(journal.releases(stack)).value();
    for (const auto& r : releases)
      text +=
          fmt::format("release {} of {} services {}\n", r.number, r.deployment, r.services.size());
    const auto deployments = clock.run(journal.deployments(stack)).value();
    for (const auto& d : deployments) {
      text += fmt::format("deployment {} {} {}\n", d.number, to_string(d.state), d.error);
      const auto steps = clock.run(journal.steps(d.number)).value();
      for (const auto& s : steps)
        text += fmt::format("step {} {} {} {}\n", s.intent.step, s.intent.facts.size(), s.finished,
                            s.result);
    }
  }
  return text;
}

/// One journal on one disk.
struct Stage {
  test::Scratch scratch;
  CrashDisk disk{"landfast-crash"};
  SimulatedClock clock;
  std::string path = scratch.path("journal.db");
  int boots = 0;

  Stage() { std::ofstream(path).flush(); }  // what prepare_file looks at; SQLite sees the disk

  Result<std::unique_ptr<SqliteJournal>> open() {
    JournalOptions o;
    o.version = "0.1.0";
    o.vfs = "landfast-crash";
    o.boot_id = "boot-" + std::to_string(++boots);  // each opening checks the whole file
    return SqliteJournal::open(path, clock, o);
  }
};

/// What a run without faults did: the operations, how many there were when each call was
/// acknowledged, and what was known then.
struct Run {
  Files before;
  std::vector<DiskOp> ops;
  std::vector<std::size_t> acknowledged;  ///< [n]: operations when the n-th call had returned
  std::vector<std::string> known;         ///< [n]: after n calls
  [[nodiscard]] std::size_t calls_at(std::size_t cut) const {
    std::size_t n = 0;
    while (n < acknowledged.size() && acknowledged[n] <= cut) ++n;
    return n;
  }
};

Run good_run(Stage& stage) {
  Run run;
  stage.disk.files[stage.path] = "";
  run.before = stage.disk.files;
  auto journal = stage.open().value();
  run.known.push_back(knowledge(stage.clock, *journal));
  for (const auto& call : story()) {
    REQUIRE(call(stage.clock, *journal));
    run.acknowledged.push_back(stage.disk.ops.size());
    run.known.push_back(knowledge(stage.clock, *journal));
  }
  run.ops = stage.disk.ops;
  return run;
}

/// Opens the journal on that disk; "" when it knows what it must, else what is wrong. `ops` are
/// those of the opening.
std::string verdict(Stage& stage, const Run& run, const Files& files, std::size_t cut) {
  stage.disk.files = files;
  stage.disk.ops.clear();
  const auto journal = stage.open();
  if (!journal) return "does not open: " + journal.error().text;
  const auto calls = run.calls_at(cut);
  const auto now = knowledge(stage.clock, **journal);
  const bool as_acknowledged = now == run.known[calls];
  const bool one_further = calls + 1 < run.known.size() && now == run.known[calls + 1];
  if (!as_acknowledged && !one_further) return "knows something else:\n" + now;
  return {};
}

/// True when the journal can go on: a deployment of a new stack.
bool writable(Stage& stage) {
  const auto journal = stage.open();
  return journal && begin("other")(stage.clock, **journal).has_value();
}

}  // namespace

TEST_CASE("journal: killed before every operation, with and without a torn write") {
  Stage stage;
  const auto run = good_run(stage);
  REQUIRE(run.ops.size() > 100);
  std::mt19937 random(1);
  std::size_t wrong = 0, points = 0;
  for (std::size_t cut = 0; cut <= run.ops.size(); ++cut)
    for (const bool torn : {false, true}) {
      const auto files = cut_at(run.before, run.ops, cut, torn, random);
      const auto said = verdict(stage, run, files, cut);
      ++points;
      if (said.empty() && writable(stage)) continue;
      ++wrong;
      MESSAGE("cut ", cut, torn ? " torn: " : ": ", said);
    }
  MESSAGE(points, " points, ", run.ops.size(), " operations, ", story().size(), " calls");
  CHECK(wrong == 0);
}

TEST_CASE("journal: the power fails at every operation, unsynced writes arrive in part") {
  Stage stage;
  const auto run = good_run(stage);
  std::size_t wrong = 0;
  for (std::size_t cut = 0; cut <= run.ops.size(); ++cut)
    for (unsigned seed = 0; seed < 2; ++seed) {
      std::mt19937 random(seed * 100'003 + static_cast<unsigned>(cut));
      const auto files = power_loss(run.before, run.ops, cut, random);
      const auto said = verdict(stage, run, files, cut);
      if (said.empty() && writable(stage)) continue;
      ++wrong;
      MESSAGE("cut ", cut, " seed ", seed, ": ", said);
    }
  CHECK(wrong == 0);
}

TEST_CASE("journal: the power fails again while the first failure is recovered from") {
  Stage stage;
  const auto run = good_run(stage);
  std::size_t wrong = 0, points = 0;
  for (std::size_t cut = 0; cut <= run.ops.size(); cut += 5) {
    std::mt19937 random(static_cast<unsigned>(cut));
    const auto first = power_loss(run.before, run.ops, cut, random);
    verdict(stage, run, first, cut);
    const auto recovery = stage.disk.ops;
    for (std::size_t again = 0; again < recovery.size(); ++again) {
      const auto second = power_loss(first, recovery, again, random);
      const auto said = verdict(stage, run, second, cut);
      ++points;
      if (said.empty()) continue;
      ++wrong;
      MESSAGE("cut ", cut, ", again at ", again, ": ", said);
    }
  }
  MESSAGE(points, " points");
  CHECK(points > 100);
  CHECK(wrong == 0);
}

namespace {

/// Plays the story with one fault; returns how many calls succeeded, "" or what went wrong.
std::string play(Stage& stage, const Run& run, const std::function<void(CrashDisk&)>& fault,
                 const std::function<void(CrashDisk&)>& mend) {
  stage.disk.files = run.before;
  stage.disk.ops.clear();
  fault(stage.disk);
  auto journal = stage.open();
  if (!journal) {
    mend(stage.disk);
    journal = stage.open();
    if (!journal) return "does not open after the fault: " + journal.error().text;
  }
  for (std::size_t i = 0; i < story().size(); ++i) {
    if (story()[i](stage.clock, **journal)) continue;
    mend(stage.disk);
    const auto now = knowledge(stage.clock, **journal);
    if (now == run.known[i + 1]) continue;
    if (now != run.known[i]) return fmt::format("after a failed call {}:\n{}", i, now);
    if (const auto again = story()[i](stage.clock, **journal); !again)
      return fmt::format("call {} still fails: {}", i, again.error().text);
  }
  if (knowledge(stage.clock, **journal) != run.known.back()) return "ends differently";
  return {};
}

}  // namespace

TEST_CASE(
    "journal: a full disk refuses the call, keeps the rest, and goes on when there is space") {
  Stage stage;
  const auto run = good_run(stage);
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < run.ops.size(); ++at) {
    const auto said = play(
        stage, run, [at](CrashDisk& d) { d.full_from = at; },
        [](CrashDisk& d) { d.full_from.reset(); });
    if (said.empty()) continue;
    ++wrong;
    MESSAGE("full from ", at, ": ", said);
  }
  CHECK(wrong == 0);
}

TEST_CASE("journal: one failing operation is reported and nothing is half there") {
  Stage stage;
  const auto run = good_run(stage);
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < run.ops.size(); ++at) {
    const auto said = play(
        stage, run, [at](CrashDisk& d) { d.fails_at = at; },
        [](CrashDisk& d) { d.fails_at.reset(); });
    if (said.empty()) continue;
    ++wrong;
    MESSAGE("fails at ", at, ": ", said);
  }
  CHECK(wrong == 0);
}
