// SPDX-License-Identifier: Apache-2.0
#include "run/ready.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "run/gate_error.h"
#include "run/health_facts.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds first_pause{50};     // between probes of a health check
constexpr milliseconds longest_pause{100};  // seen within 100 ms of being true
constexpr seconds patient_after{15};        // then a slow starter is asked more rarely
constexpr milliseconds patient_pause{500};
constexpr milliseconds listen_pause{10};  // reading /proc costs microseconds
constexpr seconds silent_port_limit{10};
constexpr seconds up_long_enough{1};
constexpr seconds up_after_exit{10};

/// One container on its way to being ready; lives as long as its gate.
class Gate {
 public:
  Gate(const Ports& ports, const ReadyRequest& request)
      : ports_(ports), request_(request), begin_(ports.clock.now()) {}

  Task<Result<Ready>> run() {
    CO_TRY(auto container, co_await ports_.engine.container(request_.container));
    limit_ = request_.timeout.value_or(health_facts(container).limit());
    const bool engine_restarts = restarts(container.restart_policy, 1, 1);
    while (true) {
      auto attempt = co_await race(probe(), ports_.engine.wait_container(request_.container));
      if (attempt.index() == 0 && !exit_code_) co_return std::move(std::get<0>(attempt));
      if (attempt.index() == 1) {
        CO_TRY(exit_code_, std::move(std::get<1>(attempt)));
      }
      const int code = *std::exchange(exit_code_, std::nullopt);
      ++exits_;
      const bool again = restarts(request_.play, exits_, code) || engine_restarts;
      if (!again && code == 0) co_return Ready{"ended with exit code 0", {}, true};
      if (!again)
        co_return co_await failed(fmt::format("{} ended with exit code {}", request_.name, code));
      say(fmt::format("it ended with exit code {}; starting it again", code));
      co_await ports_.clock.sleep(back_off());
      if (over()) co_return co_await timed_out();
      if (interrupted()) co_return fail(Code::cancelled, "interrupted");
      CO_TRY_VOID(co_await ports_.engine.start_container(request_.container));
    }
  }

  Task<Result<Ready>> failed(std::string text) {
    co_return fail(
        co_await gate_error(ports_.engine, request_.container, std::move(text), health_output_));
  }

 private:
  /// Ready by health check, port or time, whichever the container offers.
  Task<Result<Ready>> probe() {
    up_since_ = ports_.clock.now();
    listened_ = false;
    while (true) {
      if (interrupted()) co_return fail(Code::cancelled, "interrupted");
      if (over()) co_return co_await timed_out();
      CO_TRY(const auto container, co_await ports_.engine.container(request_.container));
      if (container.status ==
          ContainerStatus::exited) {  // seen before `wait` tells, if it ever does
        exit_code_ = container.exit_code;
        co_return Ready{};
      }
      const auto facts = health_facts(container);
      auto ready = facts.command.empty() ? co_await without_check(container, facts)
                                         : co_await with_check(container, facts);
      if (!ready || !ready->how.empty()) co_return ready;
    }
  }

  /// One round of a health check: run by us, or reported by the engine.
  Task<Result<Ready>> with_check(const Container& container, const HealthFacts& facts) {
    if (container.health != HealthStatus::healthy) co_await listening_or(container, facts, pause());
    listened_ = listens(container, facts);
    CO_TRY(const bool healthy, co_await run_check(container, facts));
    ++probes_;
    if (!healthy) {
      say(fmt::format("health check: {}", first_line(health_output_)));
      co_return Ready{};
    }
    CO_TRY(const auto now, co_await ports_.engine.container(request_.container));
    if (now.pid != container.pid || now.started_at != container.started_at) co_return Ready{};
    if (facts.store && !listens(now, facts)) {
      say("healthy, but its port does not listen yet");
      if (!health_since_) health_since_ = ports_.clock.now();
      if (ports_.clock.now() - *health_since_ < silent_port_limit) co_return Ready{};
      co_return Ready{"healthy", fmt::format("no exposed port of {} listens", request_.name)};
    }
    co_return Ready{"healthy", {}, false};
  }

  /// Exit code 0 within its own timeout.
  Task<Result<bool>> run_check(const Container& container, const HealthFacts& facts) {
    if (container.health == HealthStatus::healthy) co_return true;
    ExecRequest exec;
    exec.container = request_.container;
    exec.command = facts.command;
    auto outcome =
        co_await race(ports_.engine.exec(std::move(exec)), ports_.clock.sleep(facts.timeout));
    if (outcome.index() == 1) {
      health_output_ = fmt::format("no answer within {}", go_duration(facts.timeout));
      co_return false;
    }
    auto result = std::move(std::get<0>(outcome));
    if (!result) {  // it may be ending just now: `ended` tells
      health_output_ = result.error().text;
      co_return false;
    }
    health_output_ =
        result->output.empty() ? fmt::format("exit code {}", result->exit_code) : result->output;
    co_return result->exit_code == 0;
  }

  /// One round without a health check: an exposed port listens, or it stayed up.
  Task<Result<Ready>> without_check(const Container& container, const HealthFacts& facts) {
    const auto up = ports_.clock.now() - up_since_;
    if (facts.ports.empty()) {
      const nanoseconds enough = exits_ > 0 ? nanoseconds(up_after_exit) : up_long_enough;
      if (up >= enough)
        co_return Ready{fmt::format("up for {}", human_duration(enough)), {}, false};
      say("it has no health check and no port: staying up");
      co_await ports_.clock.sleep(std::min<nanoseconds>(enough - up, milliseconds(100)));
      co_return Ready{};
    }
    if (listens(container, facts)) co_return Ready{"listening", {}, false};
    if (up >= silent_port_limit)
      co_return Ready{"up", fmt::format("{} has exposed ports, but none listens after {}",
                                        request_.name, human_duration(silent_port_limit))};
    say(fmt::format("port {} to listen", facts.ports.front()));
    co_await listening_or(container, facts, patient_pause);
    if (listens(container, facts)) co_return Ready{"listening", {}, false};
    co_return Ready{};
  }

  /// Waits for the pause, but no longer than until a port listens that did not when the health
  /// check last began: then it is likely to pass at once, and was likely to fail before.
  Task<void> listening_or(const Container& container, const HealthFacts& facts, nanoseconds limit) {
    const bool silent = !facts.ports.empty() && !listened_;
    if (silent) limit = std::max<nanoseconds>(limit, longest_pause);
    const auto end = ports_.clock.now() + limit;
    while (ports_.clock.now() < end) {
      if (silent && listens(container, facts)) co_return;
      co_await ports_.clock.sleep(std::min<nanoseconds>(listen_pause, end - ports_.clock.now()));
    }
  }

  [[nodiscard]] bool listens(const Container& container, const HealthFacts& facts) const {
    return std::any_of(facts.ports.begin(), facts.ports.end(), [&](std::uint16_t port) {
      const auto seen = ports_.probe.listens(container.pid, port);
      return seen && *seen;
    });
  }

  [[nodiscard]] nanoseconds pause() {
    if (probes_ == 0) return pause_;
    const auto waited = ports_.clock.now() - begin_;
    pause_ = waited > patient_after ? nanoseconds(patient_pause)
                                    : std::min<nanoseconds>(pause_ * 3 / 2, longest_pause);
    return pause_;
  }

  /// Whether a policy starts it again after its `exits`-th end.
  static bool restarts(const RestartPolicy& policy, int exits, int code) {
    if (policy.name == "always" || policy.name == "unless-stopped") return true;
    const int most = policy.maximum_retry_count;
    return policy.name == "on-failure" && code != 0 && (most == 0 || exits <= most);
  }

  [[nodiscard]] nanoseconds back_off() const {
    return std::min<nanoseconds>(milliseconds(100) * (1 << std::min(exits_ - 1, 6)), seconds(5));
  }

  Task<Result<Ready>> timed_out() {
    auto text = exits_ > 0 ? fmt::format("{} ended {} times and was not ready within {}",
                                         request_.name, exits_, human_duration(limit_))
                           : fmt::format("{} was not ready within {}", request_.name,
                                         human_duration(limit_));
    co_return co_await failed(std::move(text));
  }

  [[nodiscard]] bool interrupted() const {
    return request_.stop != nullptr && request_.stop->is_set();
  }
  [[nodiscard]] bool over() const { return ports_.clock.now() - begin_ >= limit_; }
  void say(const std::string& text) const {
    if (request_.waiting) request_.waiting(text);
  }
  static std::string first_line(const std::string& text) {
    const auto line = printable(trim(std::string_view(text).substr(0, text.find('\n'))));
    return line.size() > 120 ? line.substr(0, 117) + "…" : line;
  }

  const Ports& ports_;
  const ReadyRequest& request_;
  nanoseconds begin_;
  nanoseconds up_since_{0};
  nanoseconds limit_{0};
  nanoseconds pause_{first_pause};
  std::optional<nanoseconds> health_since_;
  std::optional<int> exit_code_;  // of an end that has not been looked at yet
  std::string health_output_;
  bool listened_ = false;  // a port of it, when the health check last began
  int probes_ = 0;
  int exits_ = 0;
};

}  // namespace

Task<Result<Ready>> await_ready(const Ports& ports, ReadyRequest request) {
  Gate gate(ports, request);
  if (request.stop == nullptr) co_return co_await gate.run();
  auto outcome = co_await race(gate.run(), request.stop->wait());
  if (outcome.index() == 1) co_return fail(Code::cancelled, "interrupted");
  co_return std::move(std::get<0>(outcome));
}

Task<Result<Ready>> await_exit(const Ports& ports, ReadyRequest request) {
  Signal never;
  auto outcome = co_await race(ports.engine.wait_container(request.container),
                               (request.stop != nullptr ? *request.stop : never).wait());
  if (outcome.index() == 1) co_return fail(Code::cancelled, "interrupted");
  CO_TRY(const int code, std::move(std::get<0>(outcome)));
  if (code == 0) co_return Ready{"exit code 0", {}, true};
  co_return fail(co_await gate_error(ports.engine, request.container,
                                     fmt::format("{} failed with exit code {}", request.name, code),
                                     {}));
}

}  // namespace landfast
