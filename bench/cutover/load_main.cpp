// SPDX-License-Identifier: Apache-2.0
// The clients of bench/cutover: cutover_load ADDRESS PORT HOST KEPT FRESH POSTS [UPLOAD]
// Each line on standard input begins a part of that name; at its end one JSON object is printed.
// With UPLOAD there is a websocket too, and each line "long" begins an upload of so many bytes and
// a response of 10 seconds.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "load/load.h"
#include "load/long_requests.h"
#include "load/websocket.h"

namespace {

using namespace landfast::load;

struct Part {
  std::string name;
  std::chrono::steady_clock::time_point began;
};

boost::json::object counts(const std::map<std::string, int>& of) {
  boost::json::object out;
  for (const auto& [key, n] : of) out[key] = n;
  return out;
}

boost::json::object json_of(const LoadReport& report, const std::vector<Part>& parts) {
  boost::json::array times;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const auto t = report.times(parts[i].began, parts[i + 1].began);
    times.push_back(boost::json::object{{"part", parts[i].name},
                                        {"requests", t.count},
                                        {"p50_us", t.median.count()},
                                        {"p99_us", t.p99.count()},
                                        {"max_us", t.most.count()}});
  }
  return {
      {"requests", report.requests},
      {"failures", report.failures()},
      {"failed_for_ms", (report.last_failed - report.first_failed) / std::chrono::milliseconds(1)},
      {"failed", counts(report.failed)},
      {"answered", counts(report.answered)},
      {"reconnects", report.reconnects},
      {"posts", report.ids.size()},
      {"parts", std::move(times)}};
}

}  // namespace

int main(int count, char** words) {
  if (count != 7 && count != 8) {
    std::cerr << "usage: cutover_load ADDRESS PORT HOST KEPT FRESH POSTS [UPLOAD]\n";
    return 2;
  }
  LoadPlan plan;
  plan.address = words[1];
  plan.port = static_cast<std::uint16_t>(std::atoi(words[2]));
  plan.host = words[3];
  plan.kept = std::atoi(words[4]);
  plan.fresh = std::atoi(words[5]);
  plan.posts = std::atoi(words[6]);
  std::vector<Part> parts;
  const auto upload = count == 8 ? std::atoll(words[7]) : 0;
  Load load(plan);
  LongRequests requests(plan);
  std::optional<WebSocketClient> websocket;
  if (upload > 0) websocket.emplace(plan);
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "long") {
      requests.upload(upload);
      requests.slow_response();
    } else {
      parts.push_back({line, std::chrono::steady_clock::now()});
    }
  }
  requests.finish();
  if (websocket) websocket->finish();
  parts.push_back({"", std::chrono::steady_clock::now()});
  auto json = json_of(load.finish(), parts);
  json["long"] = counts(requests.ended);
  if (websocket)
    json["websocket"] = boost::json::object{{"messages", websocket->messages},
                                            {"goodbyes", websocket->goodbyes},
                                            {"cut", websocket->cut},
                                            {"longest_us", websocket->longest_us}};
  std::cout << boost::json::serialize(json) << "\n";
  return 0;
}
