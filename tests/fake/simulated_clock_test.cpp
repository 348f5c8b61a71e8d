// SPDX-License-Identifier: Apache-2.0
#include "fake/simulated_clock.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace std::chrono_literals;
using landfast::Done;
using landfast::SimulatedClock;
using landfast::Task;
using landfast::TaskGroup;

namespace {

Task<void> note_after(SimulatedClock& clock, std::chrono::nanoseconds delay, std::string name,
                      std::vector<std::string>& log) {
  co_await clock.sleep(delay);
  log.push_back(name);
}

Task<void> tick(SimulatedClock& clock, int times, int& ticks) {
  for (int i = 0; i < times; ++i) {
    co_await clock.sleep(0ns);
    ++ticks;
  }
}

Task<int> limited(SimulatedClock& clock, std::chrono::nanoseconds work) {
  const auto winner = co_await landfast::race(clock.sleep(work), clock.sleep(10s));
  co_return static_cast<int>(winner.index());
}

Task<int> fails(SimulatedClock& clock) {
  co_await clock.sleep(1s);
  throw std::runtime_error("broken");
}

Task<int> never(landfast::Signal& signal) {
  co_await signal.wait();
  co_return 1;
}

}  // namespace

TEST_CASE("sleepers run in order of due time, equal ones in order of registration") {
  SimulatedClock clock;
  std::vector<std::string> log;
  TaskGroup group;
  group.spawn(note_after(clock, 3s, "late", log));
  group.spawn(note_after(clock, 1s, "a", log));
  group.spawn(note_after(clock, 1s, "b", log));
  CHECK(clock.run(group));
  CHECK(log == std::vector<std::string>{"a", "b", "late"});
  CHECK(clock.now() == 3s);
  CHECK(clock.utc() == "2026-11-03T02:10:03.000Z");
  CHECK_FALSE(clock.advance_to_next());
}

TEST_CASE("a sleep of 0 suspends and does not starve the others") {
  SimulatedClock clock;
  std::vector<std::string> log;
  int ticks = 0;
  TaskGroup group;
  group.spawn(tick(clock, 3, ticks));
  group.spawn(note_after(clock, 0ns, "once", log));
  CHECK(ticks == 0);
  CHECK(clock.advance_to_next());
  CHECK(ticks == 1);
  CHECK(log.size() == 1);
  CHECK(clock.run(group));
  CHECK(ticks == 3);
  CHECK(clock.now() == 0s);
}

TEST_CASE("advance stops at its end and runs what falls due on the way") {
  SimulatedClock clock;
  std::vector<std::string> log;
  clock.after(1500ms, [&] { log.emplace_back("timer"); });
  clock.after(5s, [&] { log.emplace_back("later"); });
  clock.advance(1s);
  CHECK(log.empty());
  clock.advance(1s);
  CHECK(log == std::vector<std::string>{"timer"});
  CHECK(clock.now() == 2s);
  CHECK(clock.waiting() == 1);
}

TEST_CASE("a frame dropped while it sleeps is unregistered, also after the clock is gone") {
  std::vector<std::string> log;
  auto group = std::make_unique<TaskGroup>();
  {
    SimulatedClock clock;
    group->spawn(note_after(clock, 1s, "never", log));
    TaskGroup other;
    other.spawn(note_after(clock, 1s, "dropped", log));
    CHECK(clock.waiting() == 2);
  }
  group.reset();
  CHECK(log.empty());

  SimulatedClock clock;
  {
    TaskGroup dropped;
    dropped.spawn(note_after(clock, 1s, "dropped", log));
  }
  CHECK(clock.waiting() == 0);
  CHECK(clock.run_until_idle());
  CHECK(log.empty());
}

TEST_CASE("one sleeper may drop another that is due at the same time") {
  SimulatedClock clock;
  std::vector<std::string> log;
  auto victim = std::make_unique<TaskGroup>();
  clock.after(1s, [&] { victim.reset(); });
  victim->spawn(note_after(clock, 1s, "dropped", log));
  CHECK(clock.run_until_idle());
  CHECK(log.empty());
}

TEST_CASE("race ends with the earlier one and leaves no sleeper behind") {
  SimulatedClock clock;
  CHECK(clock.run(limited(clock, 2s)) == 0);
  CHECK(clock.waiting() == 0);
  CHECK(clock.now() == 2s);
  CHECK(clock.run(limited(clock, 20s)) == 1);
  CHECK(clock.now() == 12s);
}

TEST_CASE("run reports a task that fails and one that waits for ever") {
  SimulatedClock clock;
  CHECK_THROWS_WITH(clock.run(fails(clock)), "broken");
  landfast::Signal signal;
  CHECK_THROWS_AS(clock.run(never(signal)), std::runtime_error);
}
