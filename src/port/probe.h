// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "io/task.h"

namespace landfast {

/// Looks at a container from outside it.
class Probe {
 public:
  virtual ~Probe() = default;
  /// True when a TCP connection to the address is accepted within `limit`; the connection is closed
  /// at once.
  virtual Task<bool> tcp_accepts(std::string address, std::uint16_t port,
                                 std::chrono::nanoseconds limit) = 0;
  /// True when a process of the network namespace of `pid` listens on `port` on an address other
  /// than loopback (/proc/<pid>/net/tcp, tcp6). `unsupported` where /proc does not show it.
  virtual Result<bool> listens(std::int64_t pid, std::uint16_t port) = 0;
};

}  // namespace landfast
