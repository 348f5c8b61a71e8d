// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace landfast::load {

/// A blocking TCP connection of the load; its reads and writes end after `limit`.
class Connection {
 public:
  /// nullptr-like (not `open`) where nobody accepts.
  Connection(const std::string& address, std::uint16_t port, std::chrono::milliseconds limit);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] bool open() const { return fd_ >= 0; }
  /// Whether the other side has closed it while nothing was asked.
  [[nodiscard]] bool ended() const;
  [[nodiscard]] bool send(std::string_view bytes) const;

  struct Answer {
    bool whole = false;  ///< head and body came to their end
    bool began = false;  ///< at least one byte came
    bool timed_out = false;
    int status = 0;
    std::string head, body;
    bool closes = false;  ///< the other side will close
  };
  /// One HTTP/1.1 answer, of a body with a length or in chunks.
  [[nodiscard]] Answer receive();
  /// Reads until the text has come, however it was cut into chunks of bytes, and takes it and what
  /// stood before it away; false where the limit or the end came first.
  [[nodiscard]] bool receive_until(std::string_view text);

 private:
  bool more(Answer& answer);
  bool body_with_length(Answer& answer, std::size_t length);
  bool body_in_chunks(Answer& answer);
  int fd_ = -1;
  std::string pending_;
};

/// A header's value in a head, "" where it is absent; `name` in lower case.
[[nodiscard]] std::string header(const std::string& head, std::string_view name);

}  // namespace landfast::load
