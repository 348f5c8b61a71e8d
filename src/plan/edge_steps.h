// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "plan/deploy_steps.h"

namespace landfast {

/// The steps by which a deploy moves traffic, as `EdgePlan` says it (docs/decisions/030).
/// A service that is started beside: point, probe, switch, drain, and then its old containers stop.
/// One that is stopped first: its requests wait from before the stop until the switch.
class EdgeSteps {
 public:
  using Ids = std::vector<std::string>;
  explicit EdgeSteps(const DeployInput& input) : in_(input) {}

  /// The edge network; the tables, before any service changes; the edges themselves, but for those
  /// that wait for a port. `after`: the images.
  [[nodiscard]] std::vector<Step> preparations(const Ids& after) const;
  /// Requests to a service that is stopped first are held and drained, right before its stop; none
  /// where none are served.
  [[nodiscard]] std::vector<Step> holds(const std::string& service, const Ids& after) const;
  /// From the first address to the end of the drain; `ready`: the gates of the new containers.
  [[nodiscard]] std::vector<Step> moves(const std::string& service, const Ids& ready) const;
  /// Behind the commit: what was fenced serves; routes that are no more go.
  [[nodiscard]] std::vector<Step> ends() const;

  [[nodiscard]] bool carries(const std::string& service) const {
    return !in_.edges.moves_of(service).empty();
  }
  /// What an old container of the service waits for before it stops, besides its successor.
  [[nodiscard]] Ids before_stop(const std::string& service, const std::string& container) const;
  /// What a new one waits for before it takes the place and the policy of the old.
  [[nodiscard]] Ids before_promote(const std::string& service) const;
  /// The network that a container of a routed service is created in.
  [[nodiscard]] Ids before_create(const std::string& service) const;
  /// Leaving: a port is free only once its edge is gone.
  [[nodiscard]] Ids before_start() const;

 private:
  [[nodiscard]] bool stops_first(const std::string& service) const;
  [[nodiscard]] bool is_held(const std::string& service) const;
  [[nodiscard]] bool is_fenced(const std::string& service) const;
  [[nodiscard]] Step probe_for(const SlotMove& move) const;
  void make(const std::string& edge, std::vector<Step>& steps) const;
  void take_names(const std::string& edge, std::vector<Step>& steps) const;
  [[nodiscard]] std::string names_before_stop(const std::string& service) const;
  [[nodiscard]] Step step_for(const SlotMove& move, std::string_view verb, StepKind kind,
                              std::string cause) const;

  const DeployInput& in_;
};

}  // namespace landfast
