// SPDX-License-Identifier: Apache-2.0
#include "fake/simulated_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace landfast {
namespace {
constexpr std::time_t epoch = 1'793'671'800;  // 2026-11-03T02:10:00Z
}

SimulatedClock::Key SimulatedClock::Queue::add(Nanoseconds delay, std::function<void()> action) {
  const Key key{now + std::max(delay, Nanoseconds{0}), next++};
  entries.emplace(key, std::move(action));
  return key;
}

std::string SimulatedClock::utc() const {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now() + jumped_).count();
  const auto ms = epoch * 1000 + since;
  const std::time_t seconds = ms / 1000;
  std::tm t{};
  gmtime_r(&seconds, &t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, ms % 1000);
}

Task<Done> SimulatedClock::sleep(Nanoseconds duration) {
  co_await Sleeper(queue_, duration);
  co_return Done{};
}

void SimulatedClock::after(Nanoseconds delay, std::function<void()> action) {
  queue_->add(delay, std::move(action));
}

bool SimulatedClock::advance_to_next() {
  const auto queue = queue_;
  if (queue->entries.empty()) return false;
  queue->now = std::max(queue->now, queue->entries.begin()->first.first);
  // What is registered from here on runs in the next move, so that a loop of sleep(0) ends.
  const auto limit = queue->next;
  for (;;) {
    auto due = std::find_if(queue->entries.begin(), queue->entries.end(),
                            [&](const auto& e) { return e.first.second < limit; });
    if (due == queue->entries.end() || due->first.first > queue->now) return true;
    const auto action = std::move(due->second);
    queue->entries.erase(due);
    action();
  }
}

void SimulatedClock::advance(Nanoseconds duration) {
  const auto end = queue_->now + duration;
  while (!queue_->entries.empty() && queue_->entries.begin()->first.first <= end) advance_to_next();
  queue_->now = end;
}

bool SimulatedClock::run_until_idle(std::size_t steps) {
  while (steps-- > 0)
    if (!advance_to_next()) return true;
  return waiting() == 0;
}

bool SimulatedClock::run(const TaskGroup& group, std::size_t steps) {
  while (group.live() > 0 && steps-- > 0)
    if (!advance_to_next()) break;
  return group.live() == 0;
}

}  // namespace landfast
