// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/create_body_parts.h"
#include "plan/edge_facts.h"
#include "run/edges.h"

namespace landfast {
namespace {

using Outcome = Result<std::string>;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds between_counts{50};  // a request may have read the word and not be counted
constexpr milliseconds first_pause{10};
constexpr milliseconds longest_pause{250};
constexpr seconds probe_limit{30};
constexpr seconds silence_limit{2};

/// What must go on whatever an edge says: an undo, and what is behind the commit.
bool goes_on(const Step& step) {
  return step.state == DeploymentState::undoing || step.state == DeploymentState::committed;
}

bool is_silent(const Error& error) { return error.code == Code::unavailable; }

/// As recorded before this deployment touched the target.
std::optional<SlotRecord> recorded(const Session& session, const Step& step) {
  for (const auto* verb : {":hold", ":point"})
    if (const auto it = session.facts.find(step.source + verb); it != session.facts.end())
      return slot_record(it->second);
  return std::nullopt;
}

tl::unexpected<Error> unknown(const Step& step) {
  return fail(Code::corrupt,
              fmt::format("what {} served of {} before is not recorded", step.name, step.service));
}

std::optional<SlotName> named_slot(const Step& step) {
  const auto word = slot_word(body::text(step.facts, "slot"));
  return word ? serving_slot(*word) : std::nullopt;
}

/// The slot that the step is about: the one that its facts name, else the idle one.
Result<SlotName> slot_of_move(const Session& session, const Step& step) {
  if (const auto named = named_slot(step)) return *named;
  const auto record = recorded(session, step);
  if (!record) return unknown(step);
  return record->next();
}

void note_silence(const Session& session, const Step& step) {
  session.emit(EventKind::notice, &step,
               fmt::format("the edge {} does not answer; it serves what its files say as soon as "
                           "it runs",
                           step.name));
}

/// One lost call must not leave requests where they no longer belong, so an undo asks for a while.
Task<Status> set_word(Session& session, const Step& step, SlotWord word) {
  const auto begin = session.ports.clock.now();
  for (;;) {
    auto status = co_await session.ports.edge.switch_to(step.name, step.key, word);
    if (status || !goes_on(step) || !is_silent(status.error())) co_return status;
    if (session.ports.clock.now() - begin >= silence_limit) break;
    co_await session.ports.clock.sleep(longest_pause);
  }
  note_silence(session, step);
  co_return Status{};
}

bool is_answer(int status) { return status != 502 && status != 503 && status != 504; }

Error not_reached(const Step& step, const Result<int>& last) {
  Error e;
  e.code = Code::failed;
  const auto what = last ? fmt::format("HTTP {}", *last) : last.error().text;
  e.text =
      fmt::format("the edge {} gets no answer from the new {}: {}", step.name, step.service, what);
  e.hint = fmt::format(
      "it must listen on all addresses, not on 127.0.0.1 alone; see landfast logs "
      "{}",
      step.service);
  return e;
}

bool halted(const Session& session) { return session.halt != nullptr && session.halt->is_set(); }

/// Sleeps, but no longer than the walk goes on.
Task<void> pause(const Session& session, nanoseconds time) {
  Signal never;
  auto& halt = session.halt != nullptr ? *session.halt : never;
  auto sleep = session.ports.clock.sleep(time);
  auto stop = halt.wait();
  const auto first = co_await race(std::move(sleep), std::move(stop));
  static_cast<void>(first);  // the caller asks `halted`
}

/// What is in flight now. One lost answer is no proof that nothing is: an edge that is silent is
/// asked for a while.
Task<Result<std::int64_t>> counted(const Session& session, const Step& step, SlotName slot) {
  const auto begin = session.ports.clock.now();
  for (;;) {
    auto count = co_await session.ports.edge.in_flight(step.name, step.key, slot);
    const bool late = session.ports.clock.now() - begin >= silence_limit;
    if (count || !is_silent(count.error()) || late) co_return count;
    if (halted(session)) co_return fail(Code::cancelled, "interrupted");
    co_await pause(session, between_counts);
  }
}

/// 0 once nothing was in flight twice, at least `between_counts` apart; the count at the limit.
Task<Result<std::int64_t>> drained(Session& session, const Step& step, SlotName slot) {
  const auto begin = session.ports.clock.now();
  int quiet = 0;
  std::int64_t told = 0;
  for (;;) {
    CO_TRY(const auto count, co_await counted(session, step, slot));
    quiet = count == 0 ? quiet + 1 : 0;
    if (quiet == 2) co_return 0;
    if (count != 0 && session.ports.clock.now() - begin >= step.limit) co_return count;
    if (halted(session)) co_return fail(Code::cancelled, "interrupted");
    if (count != 0 && count != told)
      session.emit(EventKind::step_waiting, &step,
                   fmt::format("{} request{} in flight", count, count == 1 ? "" : "s"));
    told = count;
    co_await pause(session, between_counts);
  }
}

nanoseconds hold_limit(const Session& session, const Step& step) {
  const auto service = session.project->services.find(step.service);
  if (service == session.project->services.end()) return default_hold;
  return service->second.landfast.hold.value_or(default_hold);
}

/// The slot whose requests the step waits for; nullopt where none served.
Result<std::optional<SlotName>> slot_to_drain(const Session& session, const Step& step) {
  if (const auto named = named_slot(step)) return named;
  const auto record = recorded(session, step);
  if (!record) return unknown(step);
  return record->before();
}

}  // namespace

Task<Outcome> hold_slot(Session& session, const Step& step) {
  CO_TRY_VOID(co_await set_word(session, step, SlotWord::hold));
  if (session.held != nullptr) session.held->begin(session, step, hold_limit(session, step));
  co_return "requests wait";
}

Task<Outcome> point_slot(Session& session, const Step& step) {
  CO_TRY(const auto slot, slot_of_move(session, step));
  auto status = step.folder.empty() ? co_await session.ports.edge.set_address(step.name, step.key,
                                                                              slot, step.addresses)
                                    : co_await point_at_site(session, step, slot);
  if (!status && !(goes_on(step) && is_silent(status.error())))
    co_return fail(std::move(status).error());
  co_return fmt::format("slot {}", to_string(slot));
}

Task<Outcome> probe_slot(Session& session, const Step& step) {
  CO_TRY(const auto slot, slot_of_move(session, step));
  const auto path = step.addresses.empty() ? std::string("/") : step.addresses.front();
  const auto begin = session.ports.clock.now();
  nanoseconds wait = first_pause;
  for (;;) {
    auto answer = co_await session.ports.edge.probe(step.name, step.key, slot, path);
    if (answer && is_answer(*answer)) co_return fmt::format("HTTP {}", *answer);
    const bool silent = !answer && is_silent(answer.error());
    if (!answer && !silent) co_return fail(std::move(answer).error());
    const auto waited = session.ports.clock.now() - begin;
    if (waited >= probe_limit || (silent && goes_on(step) && waited >= silence_limit)) {
      if (!goes_on(step)) co_return fail(not_reached(step, answer));
      session.emit(EventKind::notice, &step, not_reached(step, answer).text);
      co_return "no answer";
    }
    if (halted(session)) co_return fail(Code::cancelled, "interrupted");
    co_await pause(session, wait);
    wait = std::min<nanoseconds>(wait * 2, longest_pause);
  }
}

Task<Outcome> switch_slot(Session& session, const Step& step) {
  auto word = slot_word(body::text(step.facts, "word"));
  if (!word) {
    CO_TRY(const auto slot, slot_of_move(session, step));
    word = serving(slot);
  }
  if (session.held != nullptr) co_await session.held->end(step.name, step.key);
  CO_TRY_VOID(co_await set_word(session, step, *word));
  co_return fmt::format("{}", to_string(*word));
}

Task<Outcome> drain_slot(Session& session, const Step& step) {
  CO_TRY(const auto slot, slot_to_drain(session, step));
  if (!slot) co_return "nothing served before";
  const auto begin = session.ports.clock.now();
  auto left = co_await drained(session, step, *slot);
  if (!left && !is_silent(left.error())) co_return fail(std::move(left).error());
  if (!left) note_silence(session, step);  // what it had in flight has ended with it
  if (left && *left > 0)
    session.emit(EventKind::notice, &step,
                 fmt::format("{} request{} still in flight after {}: stopping all the same "
                             "(x-landfast: drain)",
                             *left, *left == 1 ? "" : "s", human_duration(step.limit)));
  if (!step.addresses.empty()) {  // a straggler lands at the new ones
    auto addresses = step.addresses;
    CO_TRY_VOID(
        co_await session.ports.edge.set_address(step.name, step.key, *slot, std::move(addresses)));
  }
  co_return fmt::format("drained in {}", human_duration(session.ports.clock.now() - begin));
}

}  // namespace landfast
