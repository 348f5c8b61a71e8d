// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_probe.h"

#include <algorithm>

namespace landfast {

Task<bool> FakeProbe::tcp_accepts(std::string address, std::uint16_t port,
                                  std::chrono::nanoseconds limit) {
  co_await clock_.sleep(std::min(latency, limit));
  co_return daemon_.accepts(address, port);
}

Task<Result<HttpAnswer>> FakeProbe::http_get(HttpProbe request, std::chrono::nanoseconds limit) {
  co_await clock_.sleep(std::min(latency, limit));
  if (answer) co_return answer(request);
  if (!daemon_.accepts(request.address, request.port))
    co_return fail(Code::unavailable, "cannot connect to " + request.address);
  HttpAnswer good;
  good.status = 200;
  co_return good;
}

Task<Result<ExecResult>> FakeProbe::run(std::vector<std::string> argv, std::string,
                                        std::chrono::nanoseconds limit) {
  co_await clock_.sleep(std::min(latency, limit));
  if (command) co_return command(argv);
  co_return ExecResult{};
}

Result<bool> FakeProbe::listens(std::int64_t pid, std::uint16_t port) {
  if (!sees_processes) return fail(Code::unsupported, "/proc does not show this process");
  const auto* container = daemon_.by_pid(pid);
  if (!container) return fail(Code::not_found, "no process " + std::to_string(pid));
  return daemon_.listens(*container, port);
}

Result<bool> FakeProbe::same_namespace(std::int64_t pid, std::int64_t other,
                                       const std::string& kind) {
  if (!sees_processes) return fail(Code::unsupported, "/proc does not show this process");
  const auto* a = daemon_.by_pid(pid);
  const auto* b = daemon_.by_pid(other);
  if (a == nullptr || b == nullptr) return fail(Code::unsupported, "no such process");
  // The daemon plays network namespaces only.
  return kind != "net" || (a->joined == b->id && a->joined_run == b->run);
}

}  // namespace landfast
