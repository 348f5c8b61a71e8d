// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace landfast::load {

struct LoadPlan;

/// Answers the handshake whose head was read from `fd`, and sends every message back with the
/// backend's name, until the other side leaves.
void echo_messages(int fd, const std::string& head, const std::string& name);

/// Says to the other side of a websocket that this one goes away (RFC 6455 §7.4.1: 1001).
void say_goodbye(int fd);

/// A client with one websocket, which sends numbered messages one after the other and wants each
/// back. One that is told goodbye opens another: no failure. One that is cut is.
class WebSocketClient {
 public:
  explicit WebSocketClient(const LoadPlan& plan);
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;
  ~WebSocketClient() { finish(); }
  void finish();

  /// To be read behind `finish`.
  int messages = 0;  ///< that came back
  int goodbyes = 0;
  int cut = 0;  ///< connections that ended without a goodbye, or could not be opened
  std::int64_t longest_us = 0;  ///< of one message and its answer

 private:
  void run(const LoadPlan& plan);
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace landfast::load
