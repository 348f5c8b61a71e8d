// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/http_answer.h"
#include "port/engine.h"

namespace landfast {

/// A GET of one URL.
struct HttpProbe {
  std::string address;  ///< where to connect: an address or a name
  std::uint16_t port = 0;
  bool tls = false;                               ///< with a certificate that this host trusts
  std::string host;                               ///< the name that is asked for
  std::string target;                             ///< path and query
  std::size_t body_limit = std::size_t{1} << 20;  ///< what comes after it is left unread
};

/// Looks at a container, or at what it serves, from outside it.
class Probe {
 public:
  virtual ~Probe() = default;
  /// True when a TCP connection to the address is accepted within `limit`; the connection is closed
  /// at once.
  virtual Task<bool> tcp_accepts(std::string address, std::uint16_t port,
                                 std::chrono::nanoseconds limit) = 0;
  /// The answer to one GET, redirects not followed. Fails with `unavailable`, `timeout`, `corrupt`;
  /// a status is never an error.
  virtual Task<Result<HttpAnswer>> http_get(HttpProbe request, std::chrono::nanoseconds limit) = 0;
  /// Runs a command on this host, in this folder; `timeout` where it does not end within `limit`:
  /// then it is killed.
  virtual Task<Result<ExecResult>> run(std::vector<std::string> argv, std::string folder,
                                       std::chrono::nanoseconds limit) = 0;
  /// True when a process of the network namespace of `pid` listens on `port` on an address other
  /// than loopback (/proc/<pid>/net/tcp, tcp6). `unsupported` where /proc does not show it.
  virtual Result<bool> listens(std::int64_t pid, std::uint16_t port) = 0;
  /// True when both processes are in the same namespace of `kind` ("net", "ipc", "pid":
  /// /proc/<pid>/ns). `unsupported` where /proc does not show it.
  virtual Result<bool> same_namespace(std::int64_t pid, std::int64_t other,
                                      const std::string& kind) = 0;
};

}  // namespace landfast
