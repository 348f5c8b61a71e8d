// SPDX-License-Identifier: Apache-2.0
#include "load/backend.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "base/text.h"
#include "load/sockets.h"
#include "load/websocket.h"

namespace landfast::load {
namespace {

bool more(int fd, std::string& pending) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    pending.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Reads the body of a request away: how many bytes; nullopt where the connection ended in it.
/// Those of a body in chunks are not counted.
std::optional<std::size_t> skip_body(int fd, const std::string& head, std::string& pending) {
  if (lower(header(head, "transfer-encoding")) == "chunked") {
    auto end = pending.find("0\r\n\r\n");
    while (end == std::string::npos) {
      if (pending.size() > 8) pending.erase(0, pending.size() - 8);
      if (!more(fd, pending)) return std::nullopt;
      end = pending.find("0\r\n\r\n");
    }
    pending.erase(0, end + 5);
    return 0;
  }
  const auto length = std::strtoull(header(head, "content-length").c_str(), nullptr, 10);
  auto left = length;
  for (;;) {
    const auto taken = std::min<std::size_t>(left, pending.size());
    pending.erase(0, taken);
    left -= taken;
    if (left == 0) return length;
    if (!more(fd, pending)) return std::nullopt;
  }
}

}  // namespace

Backend::Backend(std::string name, const std::string& address, std::uint16_t port)
    : name_(std::move(name)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
  socklen_t size = sizeof at;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      ::listen(listener_, 1024) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error(
        fmt::format("cannot listen on {}:{}: {}", address, port, std::strerror(errno)));
  port_ = ntohs(at.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Backend::~Backend() {
  {
    const std::lock_guard hold(mutex_);
    ending_ = true;
    for (const auto& c : connections_) ::shutdown(c.fd, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (auto& c : connections_) {
    c.thread.join();
    ::close(c.fd);
  }
}

std::map<std::string, int> Backend::ids() const {
  const std::lock_guard hold(mutex_);
  return ids_;
}

std::string Backend::last_head() const {
  const std::lock_guard hold(mutex_);
  return last_head_;
}

void Backend::release() {
  const std::lock_guard hold(mutex_);
  released_ = true;
  changed_.notify_all();
}

void Backend::tell(std::string data) {
  const std::lock_guard hold(mutex_);
  told_.push_back(std::move(data));
  changed_.notify_all();
}

void Backend::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && errno == EINTR) continue;
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard hold(mutex_);
    if (ending_) {
      ::close(fd);
      return;
    }
    connections_.push_back({fd, std::thread([this, fd] { serve(fd); })});
  }
}

void Backend::serve(int fd) {
  std::string pending;
  for (;;) {
    auto end = pending.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!more(fd, pending)) return;
      end = pending.find("\r\n\r\n");
    }
    const auto head = pending.substr(0, end + 2);
    pending.erase(0, end + 4);
    if (!answer(fd, head, pending)) {
      ::shutdown(fd, SHUT_RDWR);
      return;
    }
  }
}

void Backend::leave() {
  const std::lock_guard hold(mutex_);
  for (const auto& c : connections_)
    if (c.is_websocket) say_goodbye(c.fd);
}

void Backend::speak(int fd, const std::string& head) {
  {
    const std::lock_guard hold(mutex_);
    for (auto& c : connections_)
      if (c.fd == fd) c.is_websocket = true;
  }
  echo_messages(fd, head, name_);
}

bool Backend::answer_slowly(int fd) {
  if (!send_all(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) return false;
  for (int i = 0; i < slow_parts; ++i) {
    std::unique_lock hold(mutex_);
    if (changed_.wait_for(hold, slow_pause, [this] { return ending_; })) return false;
    hold.unlock();
    if (!send_all(fd, "1\r\n.\r\n")) return false;
  }
  return send_all(fd, "0\r\n\r\n");
}

bool Backend::answer_events(int fd) {
  if (!send_all(fd,
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                "Transfer-Encoding: chunked\r\n\r\n"))
    return false;
  for (std::size_t next = 0;;) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return next < told_.size() || released_ || ending_; });
    if (ending_) return false;
    if (next == told_.size()) break;
    const auto event = fmt::format("data: {}\n\n", told_[next++]);
    hold.unlock();
    if (!send_all(fd, fmt::format("{:x}\r\n{}\r\n", event.size(), event))) return false;
  }
  return send_all(fd, "0\r\n\r\n");
}

bool Backend::answer(int fd, const std::string& head, std::string& pending) {
  if (lower(header(head, "upgrade")) == "websocket") {
    speak(fd, head);
    return false;
  }
  const auto body = skip_body(fd, head, pending);
  if (!body) return false;
  ++requests_;
  if (head.starts_with("GET /slow ")) return answer_slowly(fd);
  if (head.starts_with("GET /events ")) return answer_events(fd);
  auto text = name_;
  if (head.starts_with("POST /upload ")) text = std::to_string(*body);
  {
    std::unique_lock hold(mutex_);
    last_head_ = head;
    if (const auto id = header(head, "x-id"); !id.empty()) ++ids_[id];
    if (head.find(" /wait") != std::string::npos) {
      ++waiting_;
      changed_.wait(hold, [this] { return released_ || ending_; });
      --waiting_;
    }
    if (ending_) return false;
  }
  return send_all(
      fd, fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Powered-By: load\r\n"
                      "Content-Length: {}\r\n\r\n{}",
                      text.size(), text));
}

}  // namespace landfast::load
