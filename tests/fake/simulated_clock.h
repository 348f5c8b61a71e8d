// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/task.h"
#include "port/clock.h"

namespace landfast {

/// Virtual time. It stands still until a test moves it; then sleepers and timers run in order of
/// their due time, equal ones in the order in which they were registered, so every run is the same.
/// A frame that is destroyed while it sleeps is unregistered.
class SimulatedClock : public Clock {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  SimulatedClock() : queue_(std::make_shared<Queue>()) {}
  /// Time since the start of the simulation.
  [[nodiscard]] Nanoseconds now() const override { return queue_->now; }
  /// 2026-11-03T02:10:00.000Z plus `now`, and what it was set forward or back.
  [[nodiscard]] std::string utc() const override;
  /// Somebody sets the wall clock: `utc` jumps, `now` does not.
  void jump(Nanoseconds by) { jumped_ += by; }
  /// Always suspends, also for 0: each sleep is a point where the frame can be dropped.
  Task<Done> sleep(Nanoseconds duration) override;

  /// Calls `action` once, `delay` from now: a health check turning green, a process that exits.
  void after(Nanoseconds delay, std::function<void()> action);

  /// Moves to the earliest due time and runs what is due then; false when nothing waits.
  bool advance_to_next();
  /// Moves by `duration`, running all that falls due on the way.
  void advance(Nanoseconds duration);
  /// How many sleepers and timers wait.
  [[nodiscard]] std::size_t waiting() const { return queue_->entries.size(); }

  /// Moves time until nothing waits; false when `steps` moves were not enough.
  bool run_until_idle(std::size_t steps = default_steps);
  /// Moves time until all tasks of the group have ended; false when they wait for something that is
  /// not time, or after `steps` moves.
  bool run(const TaskGroup& group, std::size_t steps = default_steps);
  /// Runs one task to its end and returns its value or rethrows its exception; throws
  /// std::runtime_error where it never ends.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr error;
    TaskGroup group;
    group.spawn(store(std::move(task), value, error));
    if (!run(group)) throw std::runtime_error("the task waits for something that never happens");
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }

  static constexpr std::size_t default_steps = 1'000'000;

 private:
  using Key = std::pair<Nanoseconds, std::uint64_t>;
  struct Queue {
    Nanoseconds now{0};
    std::uint64_t next = 0;
    std::map<Key, std::function<void()>> entries;
    Key add(Nanoseconds delay, std::function<void()> action);
  };
  struct Sleeper {
    Sleeper(std::shared_ptr<Queue> q, Nanoseconds d) : queue(std::move(q)), delay(d) {}
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() {
      if (key) queue->entries.erase(*key);
    }
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      key = queue->add(delay, [h] { h.resume(); });
    }
    void await_resume() noexcept { key.reset(); }
    std::shared_ptr<Queue> queue;
    Nanoseconds delay;
    std::optional<Key> key;
  };
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& value, std::exception_ptr& error) {
    try {
      value.emplace(co_await task);
    } catch (...) {
      error = std::current_exception();
    }
  }

  std::shared_ptr<Queue> queue_;
  Nanoseconds jumped_{0};
};

}  // namespace landfast
