// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace landfast::load {

/// The parts of the body of /slow, and the time between them.
inline constexpr int slow_parts = 40;
inline constexpr std::chrono::milliseconds slow_pause{250};

/// An app behind an edge: HTTP/1.1 with kept connections, a thread for each. Every answer's body is
/// its name; a request with X-Id is counted by it; `/wait` is answered once `release` was called,
/// `/upload` with how many bytes came, `/slow` in parts, `/events` with what is told, until it is
/// released; a websocket gets its messages back.
class Backend {
 public:
  /// Listens on an address of this host; port 0: any.
  Backend(std::string name, const std::string& address, std::uint16_t port);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  /// Ends every connection where it stands, as SIGKILL does.
  ~Backend();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int requests() const { return requests_; }
  /// Requests for /wait that have come and not been answered.
  [[nodiscard]] int waiting() const { return waiting_; }
  /// How often each X-Id came.
  [[nodiscard]] std::map<std::string, int> ids() const;
  /// The head of the last request.
  [[nodiscard]] std::string last_head() const;
  void release();
  /// One more server-sent event for everybody at `/events` (WHATWG HTML, text/event-stream).
  void tell(std::string data);
  /// As an app does that is asked to end: websockets are told goodbye, all else goes on.
  void leave();

 private:
  struct Connection {
    int fd = -1;
    std::thread thread;
    bool is_websocket = false;
  };
  void accept_all();
  void serve(int fd);
  bool answer(int fd, const std::string& head, std::string& pending);
  bool answer_slowly(int fd);
  bool answer_events(int fd);
  void speak(int fd, const std::string& head);
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::string name_;
  std::atomic<int> requests_ = 0, waiting_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false, released_ = false;
  std::list<Connection> connections_;
  std::map<std::string, int> ids_;
  std::string last_head_;
  std::vector<std::string> told_;
  std::thread acceptor_;
};

}  // namespace landfast::load
