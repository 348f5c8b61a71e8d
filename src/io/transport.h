// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"

namespace landfast {

/// PEM files of a TLS endpoint; the key is read by OpenSSL and never kept here.
struct TlsFiles {
  std::string ca, certificate, key;  ///< paths, "" for none (ca: the system's)
  bool verify = true;
};

/// Where a server listens.
struct SocketAddress {
  enum class Kind : std::uint8_t { unix_socket, tcp, tls } kind = Kind::unix_socket;
  std::string path;  ///< of a unix socket
  std::string host;  ///< name or address
  std::uint16_t port = 0;
  TlsFiles tls;

  static SocketAddress unix_at(std::string path);
  static SocketAddress tcp_at(std::string host, std::uint16_t port);
  /// "/var/run/docker.sock", "tcp://10.0.0.1:2376"
  [[nodiscard]] std::string text() const;
  /// As DOCKER_HOST has it: "unix:///var/run/docker.sock", "tcp://10.0.0.1:2376".
  [[nodiscard]] std::string uri() const;
};

/// A connected byte stream. One reader and one writer at a time; a dropped read or write leaves
/// the stream unusable, so close it.
class Transport {
 public:
  virtual ~Transport() = default;
  /// The next bytes, valid until the next read; empty at the end of the stream.
  virtual Task<Result<std::string_view>> read() = 0;
  /// Writes all of it.
  virtual Task<Status> write(std::string bytes) = 0;
  /// Says that nothing more will be written; reading goes on.
  virtual void shutdown_write() = 0;
  virtual void close() = 0;
  /// False where the other side has closed or sent something unasked: not to be used again.
  virtual bool idle() = 0;
};

/// Connects within `limit`. Errors: `not_found` (no such socket), `unavailable` (refused, no
/// permission, no route, bad certificate), `timeout`; `retryable` but for the permission. A
/// connection that is lost later is `unavailable` and not retryable: what was sent may be done.
Task<Result<std::shared_ptr<Transport>>> connect_transport(Loop& loop, SocketAddress address,
                                                           std::chrono::nanoseconds limit);

/// True when a TCP connection is accepted within `limit`; it is closed at once.
Task<bool> tcp_accepts(Loop& loop, std::string host, std::uint16_t port,
                       std::chrono::nanoseconds limit);

}  // namespace landfast
