// SPDX-License-Identifier: Apache-2.0
#include "run/watcher.h"

#include <algorithm>
#include <chrono>

#include "run/undo_deployment.h"

namespace landfast {
namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr minutes longest_watch{10};
constexpr seconds longest_pause{10};
/// An engine that takes a call and never answers must not hold the lock for good.
constexpr minutes longest_recovery{30};

Task<Status> recover_under_lock(const Ports& ports, std::string stack) {
  auto me = ports.host.self(watcher_name);
  CO_TRY(const auto lock, co_await ports.host.lock_when_free(stack, std::move(me)));
  OnEvent nobody = [](const Event&) {};
  CO_TRY(const auto report, co_await recover(ports, stack, nobody));
  if (report && report->state == DeploymentState::stuck && report->error)
    co_return fail(*report->error);
  co_return Status{};
}

}  // namespace

Task<Status> watch_over(const Ports& ports, std::string stack) {
  const auto begin = ports.clock.now();
  nanoseconds pause = seconds(1);
  for (;;) {
    auto outcome =
        co_await race(recover_under_lock(ports, stack), ports.clock.sleep(longest_recovery));
    if (outcome.index() == 1)
      co_return fail(Code::unavailable, "the engine does not answer: the recovery was given up");
    auto status = std::move(std::get<0>(outcome));
    if (status || !engine_was_silent(status.error())) co_return status;
    if (ports.clock.now() - begin >= longest_watch) co_return status;
    co_await ports.clock.sleep(pause);
    pause = std::min<nanoseconds>(pause * 2, longest_pause);
  }
}

}  // namespace landfast
