// SPDX-License-Identifier: Apache-2.0
#include "app/crash_points_edge.h"

#include <fmt/format.h>

#include "model/driven_nginx.h"

namespace landfast {
namespace {

std::string shown(const std::string& edge) {
  if (is_nginx_edge(edge)) return "nginx";
  return edge == shared_edge ? "shared" : "own";
}

Task<Status> pass_around(CrashPoints::Call call, Task<Status> work) {
  call.before();
  auto status = co_await work;
  call.after();
  co_return status;
}

}  // namespace

void CrashPointEdge::learn(const RouteTable& table) {
  for (const auto& t : table.targets) points_.learn(t.id, fmt::format("{}:{}", t.service, t.port));
}

Task<Result<EdgeFacts>> CrashPointEdge::facts(std::string edge) {
  auto facts = co_await inner_.facts(std::move(edge));
  if (facts) learn(facts->table);
  co_return facts;
}

Task<Result<RouteTable>> CrashPointEdge::table(std::string edge, std::string revision) {
  return inner_.table(std::move(edge), std::move(revision));
}

Task<Status> CrashPointEdge::apply(RouteTable table, std::string replaces) {
  learn(table);
  CrashPoints::Call call(points_, "apply", shown(table.edge), true);
  return pass_around(std::move(call), inner_.apply(std::move(table), std::move(replaces)));
}

Task<Status> CrashPointEdge::add_site(std::string edge, std::string site, std::string tar) {
  CrashPoints::Call call(points_, "add_site", shown(edge), true);
  return pass_around(std::move(call),
                     inner_.add_site(std::move(edge), std::move(site), std::move(tar)));
}

Task<Result<bool>> CrashPointEdge::has_site(std::string edge, std::string site) {
  return inner_.has_site(std::move(edge), std::move(site));
}

Task<Status> CrashPointEdge::set_address(std::string edge, std::string target, SlotName slot,
                                         std::vector<std::string> addresses) {
  CrashPoints::Call call(points_, "set_address", target, true);
  return pass_around(std::move(call), inner_.set_address(std::move(edge), std::move(target), slot,
                                                         std::move(addresses)));
}

Task<Status> CrashPointEdge::switch_to(std::string edge, std::string target, SlotWord word) {
  CrashPoints::Call call(points_, "switch_to", target, true);
  return pass_around(std::move(call), inner_.switch_to(std::move(edge), std::move(target), word));
}

Task<Result<int>> CrashPointEdge::probe(std::string edge, std::string target, SlotName slot,
                                        std::string path) {
  return inner_.probe(std::move(edge), std::move(target), slot, std::move(path));
}

Task<Result<std::int64_t>> CrashPointEdge::in_flight(std::string edge, std::string target,
                                                     SlotName slot) {
  return inner_.in_flight(std::move(edge), std::move(target), slot);
}

Task<Status> CrashPointEdge::forget(std::string edge) {
  CrashPoints::Call call(points_, "forget", shown(edge), true);
  return pass_around(std::move(call), inner_.forget(std::move(edge)));
}

}  // namespace landfast
