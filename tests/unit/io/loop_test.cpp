// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace landfast {
namespace {

using namespace std::chrono_literals;

Task<int> add(Loop& loop, int a, int b) {
  co_await sleep_for(loop, 1us);
  co_return a + b;
}

Task<int> boom(Loop& loop) {
  co_await sleep_for(loop, 1us);
  throw std::runtime_error("boom");
}

Task<Done> for_ever() {
  Signal never;
  co_return co_await never.wait();
}

TEST_CASE("run returns the value, rethrows, and sees that nothing can come") {
  Loop loop;
  CHECK(loop.run(add(loop, 1, 2)) == 3);
  CHECK_THROWS_WITH(loop.run(boom(loop)), "boom");
  CHECK_THROWS_AS(loop.run(for_ever()), std::logic_error);
  CHECK(loop.run(add(loop, 3, 4)) == 7);
}

Task<std::size_t> shorter(Loop& loop) {
  auto either = race(sleep_for(loop, 1h), sleep_for(loop, 1ms));
  co_return (co_await either).index();
}

TEST_CASE("a timer that lost a race does not hold the loop") {
  Loop loop;
  CHECK(loop.run(shorter(loop)) == 1);
}

Task<std::thread::id> worker(Loop& loop) {
  auto where = [] { return std::this_thread::get_id(); };
  co_return co_await offload(loop, where);
}

Task<int> failing(Loop& loop) {
  auto work = []() -> int { throw std::runtime_error("in the pool"); };
  co_return co_await offload(loop, work);
}

TEST_CASE("offload runs elsewhere and brings value or exception back") {
  Loop loop;
  CHECK(loop.run(worker(loop)) != std::this_thread::get_id());
  CHECK_THROWS_WITH(loop.run(failing(loop)), "in the pool");
}

Task<int> drop_work(Loop& loop, std::shared_ptr<std::atomic<bool>> release) {
  auto slow = [release]() -> Done {
    while (!*release) std::this_thread::yield();
    return Done{};
  };
  auto either = race(offload(loop, slow), sleep_for(loop, 1ms));
  const auto winner = co_await either;
  co_return static_cast<int>(winner.index());
}

TEST_CASE("work on the pool may outlive who waits for it") {
  const auto release = std::make_shared<std::atomic<bool>>(false);
  Loop loop;
  CHECK(loop.run(drop_work(loop, release)) == 1);
  *release = true;
}

Task<Done> tells(Loop& loop, std::function<bool()> call) {
  while (co_await call_aside(loop, call)) {
  }
  co_return co_await for_ever();
}

Task<int> dropped_by_its_callback(Loop& loop) {
  int calls = 0;
  Signal enough;
  std::function<bool()> call = [&] {
    if (++calls == 3) enough.set();  // resumes us: the caller's frame is gone when this returns
    return true;
  };
  {
    auto either = race(tells(loop, std::move(call)), enough.wait());
    (void)co_await either;
  }
  for (int i = 0; i < 3; ++i) co_await sleep_for(loop, 1us);
  co_return calls;
}

TEST_CASE("a callback that is called aside may drop who called it") {
  Loop loop;
  CHECK(loop.run(dropped_by_its_callback(loop)) == 3);
}

Task<int> signalled(Loop& loop) {
  Signal came;
  int number = 0;
  loop.on_signal([&](int n) {
    number = n;
    came.set();
  });
  ::raise(SIGTERM);
  co_await came.wait();
  loop.on_signal([](int) {});
  co_return number;
}

TEST_CASE("a signal is delivered in the loop") {
  Loop loop;
  CHECK(loop.run(signalled(loop)) == SIGTERM);
}

}  // namespace
}  // namespace landfast
