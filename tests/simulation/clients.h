// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "simulation/stage.h"

namespace landfast {

/// People who use a routed service while it is deployed: each asks, gets an answer after `takes`,
/// and asks again. One whose request is held waits for its answer.
class Clients {
 public:
  Clients(Stage& stage, std::string edge, std::string target)
      : stage_(stage), edge_(std::move(edge)), target_(std::move(target)) {}
  ~Clients() { stop(); }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  std::chrono::nanoseconds takes = std::chrono::milliseconds(20);

  void start(int count) {
    for (int i = 0; i < count; ++i) group_.spawn(one());
  }
  void stop() { stopped_ = true; }
  [[nodiscard]] int answered() const { return answered_; }
  /// Requests that got an error: what, and when; the first 20 of `failures`.
  [[nodiscard]] const std::vector<std::string>& failed() const { return failed_; }
  [[nodiscard]] int failures() const { return failures_; }
  [[nodiscard]] std::chrono::nanoseconds longest_wait() const { return longest_; }
  /// Names of the containers that answered.
  [[nodiscard]] const std::map<std::string, int>& by() const { return by_; }

 private:
  Task<void> one();
  void fail(Served how);

  Stage& stage_;
  std::string edge_, target_;
  bool stopped_ = false;
  int answered_ = 0, failures_ = 0;
  std::vector<std::string> failed_;
  std::map<std::string, int> by_;
  std::chrono::nanoseconds longest_{0};
  TaskGroup group_;
};

}  // namespace landfast
