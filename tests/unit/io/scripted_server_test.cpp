// SPDX-License-Identifier: Apache-2.0
#include "unit/io/scripted_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace landfast {

ScriptedConnection::~ScriptedConnection() { ::close(fd_); }

std::string ScriptedConnection::read_until(const std::string& end) {
  for (;;) {
    const auto at = pending_.find(end);
    if (!end.empty() && at != std::string::npos) {
      std::string found = pending_.substr(0, at + end.size());
      pending_.erase(0, at + end.size());
      return found;
    }
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(fd_, buffer.data(), buffer.size());
    if (size <= 0) return {};
    pending_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string ScriptedConnection::rest() {
  (void)read_until("");
  return std::move(pending_);
}

void ScriptedConnection::send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<std::size_t>(size);
  }
}

ScriptedServer::ScriptedServer(std::vector<Script> scripts) {
  std::string folder = "/tmp/landfast-test-XXXXXX";
  if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp");
  folder_ = folder;
  path_ = folder_ + "/socket";
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path_.c_str());
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 16) != 0)
    throw std::runtime_error("listen");
  threads_.emplace_back([this, scripts = std::move(scripts)] {
    std::vector<std::thread> served;
    for (const auto& script : scripts) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) break;
      served.emplace_back([fd, script] {
        ScriptedConnection connection(fd);
        script(connection);
      });
    }
    for (auto& thread : served) thread.join();
  });
}

void ScriptedServer::finish() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  finish();
  ::close(listener_);
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
}

std::string response(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
}

}  // namespace landfast
