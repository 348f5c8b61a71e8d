// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "io/loop.h"
#include "port/edge.h"
#include "port/engine.h"

namespace landfast {

/// Edge on a nginx of the user, a container: the degraded way (docs/decisions/032). Each change
/// writes the file of the stack in the folder that this nginx includes, asks `nginx -t`, reloads,
/// and ends once only new workers accept connections.
///
/// What differs from the port: requests to a target that is on `hold` get 503 at once; a switch may
/// break keep-alive requests, and may be refused; the addresses of the slot that serves are heeded
/// by the next switch; `probe` asks the container from this host; `in_flight` counts the workers
/// that end what they have, whatever it is; of the slot that serves it is not known.
class NginxEdge final : public Edge {
 public:
  NginxEdge(Loop& loop, Engine& engine, std::string state_dir)
      : loop_(loop), engine_(engine), state_dir_(std::move(state_dir)) {}

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
  struct One;
  [[nodiscard]] Result<One> one(const std::string& edge) const;
  Task<Status> put(One& self, const RouteTable& table,
                   const std::map<std::string, SlotState>& slots);
  Task<Status> introduce(One& self, const RouteTable& table);
  Task<Status> serve(One& self, std::string generation);
  Task<Status> withdraw(One& self);

  Loop& loop_;
  Engine& engine_;
  std::string state_dir_;
};

}  // namespace landfast
