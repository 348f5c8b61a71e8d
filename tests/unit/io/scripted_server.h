// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace landfast {

/// One accepted connection as a script sees it; every call blocks.
class ScriptedConnection {
 public:
  explicit ScriptedConnection(int fd) : fd_(fd) {}
  ScriptedConnection(const ScriptedConnection&) = delete;
  ScriptedConnection& operator=(const ScriptedConnection&) = delete;
  ~ScriptedConnection();
  /// Reads until `end` has come; returns what came before and with it. "" at the end of the stream.
  std::string read_until(const std::string& end);
  /// Reads a request head.
  std::string head() { return read_until("\r\n\r\n"); }
  /// The rest, up to the end of the stream.
  std::string rest();
  void send(const std::string& bytes);

 private:
  int fd_;
  std::string pending_;
};

/// A server on a unix socket whose n-th connection is served by the n-th script.
class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedConnection&)>;
  explicit ScriptedServer(std::vector<Script> scripts);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Waits until every script has ended.
  void finish();

 private:
  std::string folder_, path_;
  int listener_ = -1;
  std::vector<std::thread> threads_;
};

/// A whole response with a length.
std::string response(int status, const std::string& body, const std::string& headers = "");

}  // namespace landfast
