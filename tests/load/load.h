// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace landfast::load {

/// What kinds of clients make a load, and against what.
struct LoadPlan {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string host = "localhost";  ///< the Host header
  int kept = 4;                    ///< clients with one connection for all requests
  int fresh = 2;                   ///< with one for each
  int posts = 1;                   ///< as `kept`, POST of 2 kB with an id of its own
  std::chrono::microseconds think{4000};
  std::chrono::milliseconds limit{70'000};  ///< of one answer
};

/// One request that ended well.
struct Sample {
  std::chrono::steady_clock::time_point began;
  std::chrono::microseconds took;
};

struct LoadReport {
  int requests = 0;
  std::map<std::string, int>
      failed;  ///< refused, reset fresh, reset reused, short body, timeout, "503"
  std::map<std::string, int> answered;                              ///< by body
  std::chrono::steady_clock::time_point first_failed, last_failed;  ///< began; ended
  int reconnects = 0;  ///< an idle connection was closed by the other side: no failure
  std::vector<Sample> samples;
  std::vector<std::string> ids;  ///< of the POSTs that were answered with 200

  [[nodiscard]] int failures() const;
  /// The longest and the p-th part (0.99) of the times of the requests that began in a span.
  struct Times {
    std::size_t count = 0;
    std::chrono::microseconds median{}, p99{}, most{};
  };
  [[nodiscard]] Times times(std::chrono::steady_clock::time_point from,
                            std::chrono::steady_clock::time_point to) const;
};

/// A closed loop of clients that never try again: a break of any kind counts. Runs from its making
/// to `finish`.
class Load {
 public:
  explicit Load(LoadPlan plan);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();
  [[nodiscard]] int requests() const { return requests_; }
  LoadReport finish();

 private:
  void run(int number, bool keeps, bool posts);
  LoadPlan plan_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> requests_ = 0;
  std::mutex mutex_;
  LoadReport report_;
  std::vector<std::thread> clients_;
};

}  // namespace landfast::load
