// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <stdexcept>

#include "io/asio_task.h"

namespace landfast {
namespace asio = boost::asio;

struct Loop::Impl {
  asio::io_context context{1};
  std::optional<asio::signal_set> signals;
  std::function<void(int)> on_signal;
  std::optional<asio::thread_pool> pool;  // last: it is joined before the rest goes

  void await_signal() {
    signals->async_wait([this](boost::system::error_code error, int number) {
      if (error) return;
      on_signal(number);
      await_signal();
    });
  }
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error value, not a death
}

Loop::~Loop() {
  if (impl_->pool) impl_->pool->join();
}

asio::io_context& Loop::context() { return impl_->context; }

void Loop::on_signal(std::function<void(int)> handler) {
  impl_->on_signal = std::move(handler);
  if (impl_->signals) return;
  impl_->signals.emplace(impl_->context, SIGINT, SIGTERM, SIGHUP);
  impl_->await_signal();
}

void Loop::post(std::function<void()> work) { asio::post(impl_->context, std::move(work)); }

void Loop::on_pool(std::function<void()> work, std::function<void()> then) {
  if (!impl_->pool) impl_->pool.emplace(2);
  auto guard = asio::make_work_guard(impl_->context);
  auto job = [this, guard = std::move(guard), work = std::move(work),
              then = std::move(then)]() mutable {
    work();
    work = nullptr;
    post(std::move(then));
    guard.reset();
  };
  asio::post(*impl_->pool, std::move(job));
}

void Loop::run_until(const bool& reached) {
  while (!reached) {
    if (impl_->context.stopped()) impl_->context.restart();
    if (impl_->context.run_one() == 0 && !reached)
      throw std::logic_error("the root task waits for something that can never come");
  }
  // What the task abandoned was cancelled: let it end.
  constexpr int enough = 1000;
  if (impl_->context.stopped()) impl_->context.restart();
  for (int i = 0; i < enough && impl_->context.poll_one() != 0; ++i) {
  }
}

Task<Done> sleep_for(Loop& loop, std::chrono::nanoseconds duration) {
  auto timer = std::make_shared<asio::steady_timer>(loop.context(), duration);
  auto start = [&timer](auto handler) { timer->async_wait(std::move(handler)); };
  auto op = asio_op<>(timer, start);
  co_await op;
  co_return Done{};
}

namespace {

struct PoolWait {
  struct State {
    std::coroutine_handle<> waiter;
  };
  PoolWait(Loop& l, std::function<void()> w) : loop(l), work(std::move(w)) {}
  PoolWait(const PoolWait&) = delete;
  PoolWait& operator=(const PoolWait&) = delete;
  ~PoolWait() { state->waiter = nullptr; }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    state->waiter = waiter;
    loop.on_pool(std::move(work), [state = state] {
      if (state->waiter) std::exchange(state->waiter, nullptr).resume();
    });
  }
  void await_resume() const noexcept {}
  Loop& loop;
  std::function<void()> work;
  std::shared_ptr<State> state = std::make_shared<State>();
};

struct AsideCall {
  struct State {
    std::coroutine_handle<> waiter;
    std::function<bool()> call;
    bool answer = false;
    std::exception_ptr exception;

    void run() {
      if (!waiter) return;
      try {
        answer = call();
      } catch (...) {
        exception = std::current_exception();
      }
      if (waiter) std::exchange(waiter, nullptr).resume();
    }
  };
  AsideCall(Loop& l, std::function<bool()> call) : loop(l) { state->call = std::move(call); }
  AsideCall(const AsideCall&) = delete;
  AsideCall& operator=(const AsideCall&) = delete;
  ~AsideCall() { state->waiter = nullptr; }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    state->waiter = waiter;
    loop.post([state = state] { state->run(); });
  }
  [[nodiscard]] bool await_resume() const {
    if (state->exception) std::rethrow_exception(state->exception);
    return state->answer;
  }
  Loop& loop;
  std::shared_ptr<State> state = std::make_shared<State>();
};

}  // namespace

Task<bool> call_aside(Loop& loop, std::function<bool()> call) {
  AsideCall aside(loop, std::move(call));
  co_return co_await aside;
}

Task<Done> run_on_pool(Loop& loop, std::function<void()> work) {
  PoolWait wait(loop, std::move(work));
  co_await wait;
  co_return Done{};
}

}  // namespace landfast
