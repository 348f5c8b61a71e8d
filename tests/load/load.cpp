// SPDX-License-Identifier: Apache-2.0
#include "load/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "load/sockets.h"

namespace landfast::load {
namespace {

using Clock = std::chrono::steady_clock;

/// One client: its connection, and what became of its requests.
class Client {
 public:
  Client(const LoadPlan& plan, int number, bool keeps, bool posts)
      : plan_(plan), number_(number), keeps_(keeps), posts_(posts) {}

  void ask() {
    if (connection_ && connection_->ended()) {
      ++report.reconnects;
      connection_.reset();
    }
    const bool is_fresh = !connection_;
    const auto began = Clock::now();
    if (is_fresh) connection_.emplace(plan_.address, plan_.port, plan_.limit);
    ++report.requests;
    const auto id = fmt::format("{}-{}", number_, report.requests);
    const auto failure = exchange(id, is_fresh);
    if (failure.empty()) {
      report.samples.push_back(
          {began, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began)});
      if (posts_) report.ids.push_back(id);
    } else {
      if (report.failed.empty()) report.first_failed = began;
      report.last_failed = Clock::now();
      ++report.failed[failure];
    }
    if (!failure.empty() || !keeps_) connection_.reset();
  }

  LoadReport report;

 private:
  /// "" where it went well, else the class of the failure.
  std::string exchange(const std::string& id, bool is_fresh) {
    if (!connection_->open()) return "refused";
    const std::string broken = is_fresh ? "reset fresh" : "reset reused";
    if (!connection_->send(text(id))) return broken;
    const auto answer = connection_->receive();
    if (answer.timed_out) return "timeout";
    if (!answer.began) return broken;
    if (!answer.whole) return "short body";
    if (answer.closes) connection_.reset();
    if (answer.status != 200) return std::to_string(answer.status);
    ++report.answered[answer.body];
    return {};
  }

  [[nodiscard]] std::string text(const std::string& id) const {
    const auto end = keeps_ ? "" : "Connection: close\r\n";
    if (!posts_) return fmt::format("GET /{} HTTP/1.1\r\nHost: {}\r\n{}\r\n", id, plan_.host, end);
    return fmt::format(
        "POST /{} HTTP/1.1\r\nHost: {}\r\nX-Id: {}\r\nContent-Length: 2000\r\n{}\r\n{}", id,
        plan_.host, id, end, std::string(2000, 'x'));
  }

  const LoadPlan& plan_;
  int number_;
  bool keeps_, posts_;
  std::optional<Connection> connection_;
};

void add(LoadReport& to, LoadReport&& from) {
  to.requests += from.requests;
  to.reconnects += from.reconnects;
  if (!from.failed.empty()) {
    const bool first = to.failed.empty();
    to.first_failed = first ? from.first_failed : std::min(to.first_failed, from.first_failed);
    to.last_failed = std::max(to.last_failed, from.last_failed);
  }
  for (const auto& [what, n] : from.failed) to.failed[what] += n;
  for (const auto& [body, n] : from.answered) to.answered[body] += n;
  to.samples.insert(to.samples.end(), from.samples.begin(), from.samples.end());
  to.ids.insert(to.ids.end(), from.ids.begin(), from.ids.end());
}

}  // namespace

int LoadReport::failures() const {
  int sum = 0;
  for (const auto& [what, n] : failed) sum += n;
  return sum;
}

LoadReport::Times LoadReport::times(Clock::time_point from, Clock::time_point to) const {
  std::vector<std::chrono::microseconds> took;
  for (const auto& s : samples)
    if (s.began >= from && s.began < to) took.push_back(s.took);
  if (took.empty()) return {};
  std::ranges::sort(took);
  return {took.size(), took[took.size() / 2], took[took.size() * 99 / 100], took.back()};
}

Load::Load(LoadPlan plan) : plan_(std::move(plan)) {
  int number = 0;
  const auto start = [&](int count, bool keeps, bool posts) {
    for (int n = 0; n < count; ++n, ++number)
      clients_.emplace_back([this, number, keeps, posts] { run(number, keeps, posts); });
  };
  start(plan_.kept, true, false);
  start(plan_.fresh, false, false);
  start(plan_.posts, true, true);
}

Load::~Load() {
  ending_ = true;
  for (auto& c : clients_) c.join();
}

void Load::run(int number, bool keeps, bool posts) {
  Client client(plan_, number, keeps, posts);
  while (!ending_) {
    client.ask();
    ++requests_;
    if (plan_.think.count() > 0) std::this_thread::sleep_for(plan_.think);
  }
  const std::lock_guard hold(mutex_);
  add(report_, std::move(client.report));
}

LoadReport Load::finish() {
  ending_ = true;
  for (auto& c : clients_) c.join();
  clients_.clear();
  return std::move(report_);
}

}  // namespace landfast::load
