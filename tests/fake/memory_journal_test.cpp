// SPDX-License-Identifier: Apache-2.0
#include "fake/memory_journal.h"

#include <doctest/doctest.h>

#include "conformance/journal_suite.h"

using namespace std::chrono_literals;
using namespace landfast;

namespace {

struct Owner {
  std::unique_ptr<MemoryJournal> memory;
  Journal& journal() { return *memory; }
  Journal& reopened() { return *memory; }
};

Task<void> intend(Journal& journal, bool& acknowledged) {
  StepIntent intent;
  intent.deployment = 1;
  intent.step = "a";
  acknowledged = (co_await journal.intend(std::move(intent))).has_value();
}

}  // namespace

TEST_CASE("memory journal: conformance") {
  conformance::journal_suite(
      [](SimulatedClock& clock) { return Owner{std::make_unique<MemoryJournal>(clock)}; });
}

TEST_CASE("memory journal: conformance with calls that take time") {
  conformance::journal_suite([](SimulatedClock& clock) {
    Owner owner{std::make_unique<MemoryJournal>(clock)};
    owner.memory->cost = 0ns;
    return owner;
  });
}

TEST_CASE("memory journal: a caller can be dropped before and after the effect") {
  SimulatedClock clock;
  MemoryJournal journal(clock);
  conformance::JournalUser user{clock, journal};
  user.begin("blog");
  journal.cost = 2s;
  for (const bool after : {false, true}) {
    bool acknowledged = false;
    {
      TaskGroup group;
      group.spawn(intend(journal, acknowledged));
      clock.advance(after ? 1500ms : 500ms);
    }
    CHECK_FALSE(acknowledged);
    CHECK(user.steps(1).size() == (after ? 1 : 0));
  }
}

TEST_CASE("memory journal: faults refuse a call or lose its answer") {
  SimulatedClock clock;
  MemoryJournal journal(clock);
  conformance::JournalUser user{clock, journal};
  user.begin("blog");
  const auto full = [](std::string_view call) -> std::optional<Error> {
    if (call != "intend") return std::nullopt;
    return Error{.code = Code::failed, .text = "disk full"};
  };
  journal.refuse = full;
  CHECK(user.intend(1, "a").error().text == "disk full");
  CHECK(user.steps(1).empty());
  journal.refuse = nullptr;
  journal.lose_answer = full;
  CHECK_FALSE(user.intend(1, "a"));
  CHECK(user.steps(1).size() == 1);
}
