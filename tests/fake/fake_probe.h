// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "fake/fake_engine_daemon.h"
#include "port/probe.h"

namespace landfast {

/// Looks at the containers of a FakeDaemon from outside. A look takes `latency`.
class FakeProbe : public Probe {
 public:
  FakeProbe(SimulatedClock& clock, const FakeDaemon& daemon) : clock_(clock), daemon_(daemon) {}

  Task<bool> tcp_accepts(std::string address, std::uint16_t port,
                         std::chrono::nanoseconds limit) override;
  Result<bool> listens(std::int64_t pid, std::uint16_t port) override;

  std::chrono::nanoseconds latency = std::chrono::milliseconds(1);
  bool sees_processes = true;  ///< false: /proc does not show them (a remote engine)

 private:
  SimulatedClock& clock_;
  const FakeDaemon& daemon_;
};

}  // namespace landfast
