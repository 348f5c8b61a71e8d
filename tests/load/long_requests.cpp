// SPDX-License-Identifier: Apache-2.0
#include "load/long_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "load/backend.h"
#include "load/load.h"
#include "load/sockets.h"

namespace landfast::load {
namespace {

using Clock = std::chrono::steady_clock;

std::string verdict(const Connection::Answer& answer, const std::string& wanted) {
  if (answer.timed_out) return "timed out";
  if (!answer.began) return "reset";
  if (!answer.whole) return "cut short";
  if (answer.status != 200) return std::to_string(answer.status);
  return answer.body == wanted ? "ok" : "wrong";
}

std::string send_upload(Connection& connection, const std::string& host, std::int64_t bytes) {
  const std::string part(256 * 1024, 'x');
  if (!connection.send(fmt::format("POST /upload HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n"
                                   "Connection: close\r\n\r\n",
                                   host, bytes)))
    return "reset";
  for (auto left = bytes; left > 0;) {
    const auto now = std::min<std::int64_t>(left, static_cast<std::int64_t>(part.size()));
    if (!connection.send(std::string_view(part).substr(0, static_cast<std::size_t>(now))))
      return "reset";
    left -= now;
  }
  return verdict(connection.receive(), std::to_string(bytes));
}

}  // namespace

void LongRequests::note(const std::string& what, double took) {
  const std::lock_guard hold(mutex_);
  ++ended[what];
  seconds.push_back(took);
}

template <class Ask>
void LongRequests::begin(Ask ask) {
  threads_.emplace_back([this, ask] {
    const auto began = Clock::now();
    Connection connection(plan_.address, plan_.port, plan_.limit);
    const auto what = ask(connection);
    note(what, std::chrono::duration<double>(Clock::now() - began).count());
  });
}

void LongRequests::upload(std::int64_t bytes) {
  begin([this, bytes](Connection& c) {
    return "upload " + (c.open() ? send_upload(c, plan_.host, bytes) : "refused");
  });
}

void LongRequests::slow_response() {
  begin([this](Connection& c) -> std::string {
    if (!c.open()) return "slow refused";
    if (!c.send(
            fmt::format("GET /slow HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", plan_.host)))
      return "slow reset";
    return "slow " + verdict(c.receive(), std::string(slow_parts, '.'));
  });
}

void LongRequests::finish() {
  for (auto& t : threads_) t.join();
  threads_.clear();
}

}  // namespace landfast::load
