// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "io/loop.h"
#include "port/probe.h"

namespace landfast {

/// Probes from this host's network and through /proc.
class TcpProbe final : public Probe {
 public:
  explicit TcpProbe(Loop& loop) : loop_(loop) {}
  Task<bool> tcp_accepts(std::string address, std::uint16_t port,
                         std::chrono::nanoseconds limit) override;
  Task<Result<HttpAnswer>> http_get(HttpProbe request, std::chrono::nanoseconds limit) override;
  Task<Result<ExecResult>> run(std::vector<std::string> argv, std::string folder,
                               std::chrono::nanoseconds limit) override;
  Result<bool> listens(std::int64_t pid, std::uint16_t port) override;
  Result<bool> same_namespace(std::int64_t pid, std::int64_t other,
                              const std::string& kind) override;

 private:
  Loop& loop_;
};

}  // namespace landfast
