// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "io/task.h"

namespace boost::asio {
class io_context;
}

namespace landfast {

/// The event loop: one io_context on the thread that calls `run`, and a small pool for work that
/// blocks. Everything that was made with a Loop must go before it.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs the task to its end on this thread; returns its value or rethrows its exception.
  /// Throws std::logic_error where the task waits for something that can never come.
  template <class T>
  T run(Task<T> root) {
    Ending<T> ending;
    auto runner = drive(std::move(root), ending);
    runner.start();
    run_until(ending.reached);
    if (ending.exception) std::rethrow_exception(ending.exception);
    return std::move(*ending.value);
  }

  /// From now on SIGINT, SIGTERM and SIGHUP call `handler` from the loop instead of ending the
  /// process.
  void on_signal(std::function<void(int)> handler);

  /// Calls `work` from the loop, soon; the one method that other threads may use.
  void post(std::function<void()> work);

  [[nodiscard]] boost::asio::io_context& context();

  /// Calls `work` on the pool, then `then` from the loop.
  void on_pool(std::function<void()> work, std::function<void()> then);

 private:
  template <class T>
  struct Ending {
    std::optional<T> value;
    std::exception_ptr exception;
    bool reached = false;
  };
  template <class T>
  static detail::Runner drive(Task<T> root, Ending<T>& ending) {
    try {
      ending.value.emplace(co_await root);
    } catch (...) {
      ending.exception = std::current_exception();
    }
    ending.reached = true;
  }
  void run_until(const bool& reached);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Returns after `duration` (monotonic).
Task<Done> sleep_for(Loop& loop, std::chrono::nanoseconds duration);

/// Calls `work` on the pool and returns its value. If the waiting frame is dropped, `work` still
/// runs to its end and its value is thrown away: it must own all that it touches.
Task<Done> run_on_pool(Loop& loop, std::function<void()> work);

/// Calls `call` from the loop while the waiting frame is suspended, and returns its answer. A
/// callback may resume others, and they may drop the frame that called it: so callbacks are called
/// this way, and `call` owns all that it touches. It is not called once the frame is gone.
Task<bool> call_aside(Loop& loop, std::function<bool()> call);

template <class Work>
Task<std::invoke_result_t<Work>> offload(Loop& loop, Work work) {
  using Value = std::invoke_result_t<Work>;
  struct Slot {
    explicit Slot(Work w) : work(std::move(w)) {}
    Work work;
    std::optional<Value> value;
    std::exception_ptr exception;
  };
  auto slot = std::make_shared<Slot>(std::move(work));
  std::function<void()> job = [slot] {
    try {
      slot->value.emplace(slot->work());
    } catch (...) {
      slot->exception = std::current_exception();
    }
  };
  co_await run_on_pool(loop, std::move(job));
  if (slot->exception) std::rethrow_exception(slot->exception);
  co_return std::move(*slot->value);
}

}  // namespace landfast
