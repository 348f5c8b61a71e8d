// SPDX-License-Identifier: Apache-2.0
#include "load/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/text.h"

namespace landfast::load {
namespace {

constexpr std::size_t head_limit = 64 * 1024;

void limit_calls(int fd, std::chrono::milliseconds limit) {
  timeval t{};
  t.tv_sec = limit.count() / 1000;
  t.tv_usec = limit.count() % 1000 * 1000;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

std::string header(const std::string& head, std::string_view name) {
  for (const auto& line : split(head, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || lower(line.substr(0, colon)) != name) continue;
    return std::string(trim(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

Connection::Connection(const std::string& address, std::uint16_t port,
                       std::chrono::milliseconds limit) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) return;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return;
  limit_calls(fd_, limit);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return;
  ::close(fd_);
  fd_ = -1;
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::ended() const {
  char byte = 0;
  const auto got = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

bool Connection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::more(Answer& answer) {
  std::array<char, 16384> buffer{};
  for (;;) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    answer.timed_out = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (got <= 0) return false;
    answer.began = true;
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
}

bool Connection::body_with_length(Answer& answer, std::size_t length) {
  while (pending_.size() < length)
    if (!more(answer)) return false;
  answer.body = pending_.substr(0, length);
  pending_.erase(0, length);
  return true;
}

bool Connection::body_in_chunks(Answer& answer) {
  for (;;) {
    auto end = pending_.find("\r\n");
    while (end == std::string::npos) {
      if (!more(answer)) return false;
      end = pending_.find("\r\n");
    }
    const auto size = std::strtoull(pending_.c_str(), nullptr, 16);
    while (pending_.size() < end + 2 + size + 2)
      if (!more(answer)) return false;
    answer.body += pending_.substr(end + 2, size);
    pending_.erase(0, end + 2 + size + 2);
    if (size == 0) return true;
  }
}

bool Connection::receive_until(std::string_view text) {
  Answer answer;
  auto at = pending_.find(text);
  while (at == std::string::npos) {
    if (pending_.size() > head_limit || !more(answer)) return false;
    at = pending_.find(text);
  }
  pending_.erase(0, at + text.size());
  return true;
}

Connection::Answer Connection::receive() {
  Answer answer;
  auto end = pending_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (pending_.size() > head_limit || !more(answer)) return answer;
    end = pending_.find("\r\n\r\n");
  }
  answer.head = pending_.substr(0, end + 2);
  pending_.erase(0, end + 4);
  if (answer.head.size() > 12) answer.status = std::atoi(answer.head.c_str() + 9);
  answer.closes = lower(header(answer.head, "connection")) == "close";
  const auto length = header(answer.head, "content-length");
  if (answer.status == 304 || answer.status == 204)
    answer.whole = true;
  else if (!length.empty())
    answer.whole = body_with_length(answer, std::strtoull(length.c_str(), nullptr, 10));
  else if (lower(header(answer.head, "transfer-encoding")) == "chunked")
    answer.whole = body_in_chunks(answer);
  return answer;
}

}  // namespace landfast::load
