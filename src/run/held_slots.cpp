// SPDX-License-Identifier: Apache-2.0
#include "run/held_slots.h"

#include <fmt/format.h>

#include "base/text.h"
#include "run/session.h"

namespace landfast {
namespace {

/// The word of a step that was held too long.
Task<void> give_up(Session& session, const Step& step, std::chrono::nanoseconds limit,
                   Signal& ended) {
  const auto first = co_await race(session.ports.clock.sleep(limit), ended.wait());
  if (first.index() == 1) co_return;
  const auto status = co_await session.ports.edge.switch_to(step.name, step.key, SlotWord::down);
  session.emit(EventKind::notice, &step,
               status ? fmt::format("requests to {} have waited for {}: until it serves again they "
                                    "are answered with 503 and a page that tries again",
                                    step.service, human_duration(limit))
                      : fmt::format("requests to {} have waited for {}, and still wait: {}",
                                    step.service, human_duration(limit), status.error().text));
}

}  // namespace

struct HeldSlots::Held {
  Signal ended;
  TaskGroup tasks;
};

HeldSlots::HeldSlots() = default;
HeldSlots::~HeldSlots() = default;

void HeldSlots::begin(Session& session, const Step& step, std::chrono::nanoseconds limit) {
  auto held = std::make_unique<Held>();
  auto& now = *held;
  held_[{step.name, step.key}] = std::move(held);
  now.tasks.spawn(give_up(session, step, limit, now.ended));
}

Task<void> HeldSlots::end(std::string edge, std::string target) {
  const auto it = held_.find({edge, target});
  if (it == held_.end()) co_return;
  it->second->ended.set();
  co_await it->second->tasks.join();
}

Task<void> HeldSlots::end_all() {
  for (auto& [key, held] : held_) held->ended.set();
  for (auto& [key, held] : held_) co_await held->tasks.join();
}

}  // namespace landfast
