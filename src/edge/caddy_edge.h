// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "edge/caddy_config.h"
#include "edge/caddy_process.h"
#include "edge/edge_files.h"
#include "io/loop.h"
#include "port/edge.h"

namespace landfast {

struct CaddyEdgeOptions {
  /// How a Caddy that is no container sees the files; unset: as in the container, see CaddyLayout.
  std::optional<CaddyLayout> layout;
};

/// Edge on Caddy: configuration and slots as files below the state folder, the process asked over
/// its two unix sockets.
class CaddyEdge final : public Edge {
 public:
  CaddyEdge(Loop& loop, std::string state_dir, CaddyEdgeOptions options = {});

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
  struct One;
  [[nodiscard]] One one(const std::string& edge) const;
  Task<Status> prove_same_folder(One& edge);
  Task<Status> load(One& edge, const RouteTable& table, const GivenCertificates& given,
                    std::string config);
  Task<Status> load_until_known(One& edge, const RouteTable& table, const GivenCertificates& given,
                                std::string config);
  Task<Status> acknowledge(One& edge, const std::string& path, const std::string& wanted);
  [[nodiscard]] static Status keep_only_used(const One& edge, const std::string& pointed);
  [[nodiscard]] Status release_held(const One& edge, const std::string& target,
                                    SlotName slot) const;

  Loop& loop_;
  std::string state_dir_;
  CaddyEdgeOptions options_;
};

}  // namespace landfast
