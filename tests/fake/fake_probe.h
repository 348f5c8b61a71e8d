// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fake/fake_engine_daemon.h"
#include "port/probe.h"

namespace landfast {

/// Looks at the containers of a FakeDaemon from outside. A look takes `latency`.
class FakeProbe : public Probe {
 public:
  FakeProbe(SimulatedClock& clock, const FakeDaemon& daemon) : clock_(clock), daemon_(daemon) {}

  Task<bool> tcp_accepts(std::string address, std::uint16_t port,
                         std::chrono::nanoseconds limit) override;
  /// `answer` where it is set; else 200 where the address accepts.
  Task<Result<HttpAnswer>> http_get(HttpProbe request, std::chrono::nanoseconds limit) override;
  /// `command` where it is set; else exit code 0.
  Task<Result<ExecResult>> run(std::vector<std::string> argv, std::string folder,
                               std::chrono::nanoseconds limit) override;
  Result<bool> listens(std::int64_t pid, std::uint16_t port) override;
  Result<bool> same_namespace(std::int64_t pid, std::int64_t other,
                              const std::string& kind) override;

  std::function<Result<HttpAnswer>(const HttpProbe&)> answer;
  std::function<Result<ExecResult>(const std::vector<std::string>&)> command;

  std::chrono::nanoseconds latency = std::chrono::milliseconds(1);
  bool sees_processes = true;  ///< false: /proc does not show them (a remote engine)

 private:
  SimulatedClock& clock_;
  const FakeDaemon& daemon_;
};

}  // namespace landfast
