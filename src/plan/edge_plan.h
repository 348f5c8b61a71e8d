// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/decide.h"
#include "plan/plan.h"

namespace landfast {

/// A target whose slot a deploy points to containers and switches.
struct SlotMove {
  std::string edge, target, service;
  std::uint16_t port = 0;
  std::string path;                    ///< that a probe asks for
  std::string prefix;                  ///< of its steps: "app:edge:3000", "app:port:3000"
  std::vector<std::string> addresses;  ///< of the new release; of a site once it is added
  std::string folder;                  ///< of a site: in the image; it needs no container
  std::string image;                   ///< of a site: id, "" where this deploy may change it
  bool serves = false;                 ///< one of its slots serves now
  bool pauses = false;                 ///< its containers stay, but stop or restart meanwhile
};

/// A container that stays and is not in the stack's edge network yet, or has to leave it.
struct EdgeMember {
  std::string service, name, container_id, alias;
  int number = 1;
};

/// What a deploy does with edges (docs/decisions/030, 031).
struct EdgePlan {
  std::map<std::string, RouteTable> parts;  ///< edge → what the stack says of it; see Plan::routes
  std::set<std::string> applies;            ///< edges whose table changes before the services do
  std::set<std::string> trims;              ///< those that serve less behind the commit
  std::set<std::string> makes;              ///< those whose container is missing or differs
  std::map<std::string, RouteTable> during;  ///< edge → its whole table while the deploy runs
  bool makes_network = false;                ///< there is no edge network of the stack
  bool drops_network = false;                ///< leaving: nothing is behind an edge any more
  std::vector<EdgeMember> joins, leaves;
  std::map<std::string, std::vector<SlotMove>> moves;  ///< by service
  /// Ids of old containers that hold a port which an edge takes over: they stop before it starts.
  std::set<std::string> port_holders;

  [[nodiscard]] const std::vector<SlotMove>& moves_of(const std::string& service) const;
};

/// `fenced`: services whose containers stop while data is guarded, also where nothing changes them.
/// Errors: as stack_routes; a host and path that another stack has; an edge's image that is not on
/// this engine; a port of an edge that somebody else holds.
[[nodiscard]] Result<EdgePlan> plan_edges(const Project& project, const World& world,
                                          const History& history, const Decisions& decisions,
                                          const std::set<std::string>& fenced,
                                          const DeployOptions& options);

}  // namespace landfast
