// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "app/crash_points.h"
#include "port/edge.h"

namespace landfast {

/// Forwards to an Edge and passes the points around each change. A target is named by its service
/// and port, which are the same in every run.
class CrashPointEdge final : public Edge {
 public:
  CrashPointEdge(Edge& inner, CrashPoints& points) : inner_(inner), points_(points) {}

  Task<Result<EdgeFacts>> facts(std::string edge) override;
  Task<Result<RouteTable>> table(std::string edge, std::string revision) override;
  Task<Status> apply(RouteTable table, std::string replaces) override;
  Task<Status> add_site(std::string edge, std::string site, std::string tar) override;
  Task<Result<bool>> has_site(std::string edge, std::string site) override;
  Task<Status> set_address(std::string edge, std::string target, SlotName slot,
                           std::vector<std::string> addresses) override;
  Task<Status> switch_to(std::string edge, std::string target, SlotWord word) override;
  Task<Result<int>> probe(std::string edge, std::string target, SlotName slot,
                          std::string path) override;
  Task<Result<std::int64_t>> in_flight(std::string edge, std::string target,
                                       SlotName slot) override;
  Task<Status> forget(std::string edge) override;

 private:
  void learn(const RouteTable& table);
  Edge& inner_;
  CrashPoints& points_;
};

}  // namespace landfast
