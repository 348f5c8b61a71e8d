// SPDX-License-Identifier: Apache-2.0
#include "run/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "plan/names.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds first_pause{50};
constexpr seconds longest_pause{1};
constexpr seconds one_try{5};
constexpr std::size_t shown = 300;  // bytes of an answer

/// One check on its way to passing; lives as long as its gate.
class Checking {
 public:
  Checking(const Ports& ports, VerifyRequest request)
      : ports_(ports), request_(std::move(request)), check_(request_.check) {}

  Task<Result<std::string>> run() {
    const auto begin = ports_.clock.now();
    nanoseconds pause = first_pause;
    for (;;) {
      if (interrupted()) co_return fail(Code::cancelled, "interrupted");
      left_ = request_.limit - (ports_.clock.now() - begin);
      auto answer = co_await ask();
      if (answer) co_return answer;
      const auto last = shortened(std::move(answer).error().text);
      if (ports_.clock.now() - begin + pause >= request_.limit) co_return failed(last);
      if (request_.waiting) request_.waiting(last);
      co_await ports_.clock.sleep(pause);
      pause = std::min<nanoseconds>(pause * 3 / 2, longest_pause);
    }
  }

 private:
  Task<Result<std::string>> ask() {
    ContainerFilter filter;
    filter.project = request_.project.name;
    CO_TRY(containers_, co_await ports_.engine.containers(std::move(filter)));
    switch (check_.kind) {
    case CheckKind::http:
      co_return co_await ask_http();
    case CheckKind::tcp:
      co_return co_await ask_tcp();
    case CheckKind::run:
      co_return co_await run_command();
    }
    std::terminate();  // the enum is closed
  }

  Task<Result<std::string>> ask_http() {
    CO_TRY(auto url, parse_url(check_.target));
    HttpProbe probe;
    CO_TRY(probe.address, address_of(request_.project, containers_, url.host, check_.in));
    probe.host = url.host;
    probe.port = url.port;
    probe.tls = url.tls;
    probe.target = std::move(url.target);
    ask_behind_fence(probe.address, probe.port);
    CO_TRY(const auto answer, co_await ports_.probe.http_get(std::move(probe), patience()));
    auto wrong = wrong_with(check_, answer);
    if (!wrong.empty()) co_return fail(Code::failed, with_output(std::move(wrong), answer.body));
    co_return fmt::format("status {}", answer.status);
  }

  Task<Result<std::string>> ask_tcp() {
    CO_TRY(const auto where, parse_host_port(check_.target));
    CO_TRY(auto address, address_of(request_.project, containers_, where.host, check_.in));
    auto port = where.port;
    ask_behind_fence(address, port);
    if (co_await ports_.probe.tcp_accepts(std::move(address), port, patience()))
      co_return "accepts";
    co_return fail(Code::failed, "no connection is accepted");
  }

  /// A published port is closed while its service is fenced: the service itself is asked then.
  void ask_behind_fence(std::string& address, std::uint16_t& port) const {
    if (!check_.in.empty() || (address != "127.0.0.1" && address != "localhost")) return;
    for (const auto& c : containers_) {
      const auto service = request_.project.services.find(c.label(label::service));
      if (c.status != ContainerStatus::running || service == request_.project.services.end())
        continue;
      const auto* network = c.networks.size() == 1 ? &*c.networks.begin() : nullptr;
      if (network == nullptr || !is_fence(request_.project.name, network->key())) continue;
      const auto* endpoint = &network->value();
      if (!endpoint->is_object()) continue;
      const auto* ip = endpoint->as_object().if_contains("IPAddress");
      for (const auto& p : service->second.ports)
        if (p.published == std::to_string(port) && ip != nullptr && ip->is_string()) {
          address = std::string(ip->as_string());
          port = p.target;
          return;
        }
    }
  }

  Task<Result<std::string>> run_command() {
    CO_TRY(const auto result, co_await (check_.in.empty() ? run_here() : run_inside()));
    auto wrong = result.exit_code == 0 ? wrong_with(check_, result.output)
                                       : fmt::format("exit code {}", result.exit_code);
    if (wrong.empty()) co_return "exit code 0";
    co_return fail(Code::failed, with_output(std::move(wrong), result.output));
  }

  Task<Result<ExecResult>> run_here() {
    return ports_.probe.run(check_.command, request_.project.working_dir, left_);
  }

  Task<Result<ExecResult>> run_inside() {
    ExecRequest exec;
    exec.command = check_.command;
    for (const auto& c : containers_)
      if (c.status == ContainerStatus::running && c.label(label::service) == check_.in &&
          c.label(label::one_off) != "True" && !generation_name(c.name))
        exec.container = c.id;
    if (exec.container.empty())
      co_return fail(Code::failed, fmt::format("{} does not run", check_.in));
    auto either = race(ports_.engine.exec(std::move(exec)), ports_.clock.sleep(left_));
    auto outcome = co_await either;
    if (outcome.index() == 0) co_return std::move(std::get<0>(outcome));
    co_return fail(Code::timeout, fmt::format("no end within {}", human_duration(left_)));
  }

  Result<std::string> failed(const std::string& last) const {
    Error e;
    e.code = Code::failed;
    e.text = fmt::format("the check {} did not pass within {}: {}", check_text(check_),
                         human_duration(request_.limit), last);
    if (check_.mark.line > 0) e.mark = check_.mark;
    e.hint = "landfast verify asks again; --timeout gives it more time";
    return fail(std::move(e));
  }

  [[nodiscard]] std::string shortened(std::string text) const {
    text = printable(without_secrets(std::move(text), request_.project));
    return text.size() > shown ? text.substr(0, shown) + "…" : text;
  }
  static std::string with_output(std::string text, const std::string& output) {
    const auto rest = trim(output);
    return rest.empty() ? text : fmt::format("{}: {}", text, rest);
  }
  [[nodiscard]] nanoseconds patience() const {
    return std::clamp<nanoseconds>(left_, milliseconds(100), one_try);
  }
  [[nodiscard]] bool interrupted() const {
    return request_.stop != nullptr && request_.stop->is_set();
  }

  const Ports& ports_;
  VerifyRequest request_;
  const VerifyCheck& check_;
  std::vector<Container> containers_;
  nanoseconds left_{0};
};

}  // namespace

Task<Result<std::string>> await_check(const Ports& ports, VerifyRequest request) {
  Checking checking(ports, std::move(request));
  co_return co_await checking.run();
}

}  // namespace landfast
