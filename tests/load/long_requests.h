// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace landfast::load {

struct LoadPlan;

/// Requests that outlive a switch: an upload, and a response that takes its time.
class LongRequests {
 public:
  explicit LongRequests(const LoadPlan& plan) : plan_(plan) {}
  LongRequests(const LongRequests&) = delete;
  LongRequests& operator=(const LongRequests&) = delete;
  ~LongRequests() { finish(); }

  /// POST /upload of so many bytes: well where the backend counted them all.
  void upload(std::int64_t bytes);
  /// GET /slow, whose body comes in 40 parts over 10 seconds: well where all have come.
  void slow_response();
  /// Waits for all that were begun.
  void finish();

  /// What became of them, to be read behind `finish`: "upload ok", "slow cut short" → how many.
  std::map<std::string, int> ended;
  std::vector<double> seconds;

 private:
  template <class Ask>
  void begin(Ask ask);
  void note(const std::string& what, double took);
  const LoadPlan& plan_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace landfast::load
