// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "model/driven_nginx.h"
#include "port/edge.h"

namespace landfast {

/// Edge over two: nginx for the names of `is_nginx_edge`, Caddy for all others.
class EdgeByName final : public Edge {
 public:
  EdgeByName(Edge& caddy, Edge& nginx) : caddy_(caddy), nginx_(nginx) {}

  Task<Result<EdgeFacts>> facts(std::string edge) override;
  Task<Result<RouteTable>> table(std::string edge, std::string revision) override;
  Task<Status> apply(RouteTable table, std::string replaces) override;
  Task<Status> set_address(std::string edge, std::string target, SlotName slot,
                           std::vector<std::string> addresses) override;
  Task<Status> switch_to(std::string edge, std::string target, SlotWord word) override;
  Task<Result<int>> probe(std::string edge, std::string target, SlotName slot,
                          std::string path) override;
  Task<Result<std::int64_t>> in_flight(std::string edge, std::string target,
                                       SlotName slot) override;
  Task<Status> add_site(std::string edge, std::string site, std::string tar) override;
  Task<Result<bool>> has_site(std::string edge, std::string site) override;
  Task<Status> forget(std::string edge) override;

 private:
  [[nodiscard]] Edge& of(const std::string& edge) { return is_nginx_edge(edge) ? nginx_ : caddy_; }
  Edge& caddy_;
  Edge& nginx_;
};

}  // namespace landfast
