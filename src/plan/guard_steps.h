// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "plan/deploy_steps.h"

namespace landfast {

/// The steps by which a deploy guards data, as `GuardPlan` says: fence and room for the copies; all
/// that reaches the data stopped, the stores last and cleanly; copy and exchange; after the commit
/// the networks as they were. The rest of the deploy runs in between, inside the fence.
class GuardSteps {
 public:
  explicit GuardSteps(const DeployInput& input) : in_(input) {}

  [[nodiscard]] bool fences(const std::string& service) const {
    return in_.guard.fenced.contains(service);
  }
  /// A container that this deploy would have left alone is stopped, fenced and started.
  [[nodiscard]] bool restarts(const std::string& service, const ContainerDecision& c) const;

  /// What is made before anything is touched; `after` the images.
  [[nodiscard]] std::vector<Step> preparations(const std::vector<std::string>& after);
  /// From the first stop to the exchange, and who enters the fence; `creates`: ids of all
  /// creations.
  [[nodiscard]] std::vector<Step> guards(const std::vector<std::string>& creates);
  /// What a container of a fenced service waits for before it starts.
  [[nodiscard]] std::vector<std::string> before_start(const std::string& service, int number) const;
  /// Behind the commit: unfenced, and what was set aside earlier removed.
  [[nodiscard]] std::vector<Step> ends() const;

 private:
  using Ids = std::vector<std::string>;

  void first_copy(const PlannedGuard& guard, std::vector<Step>& steps);
  void stop_users(const Ids& after, std::vector<Step>& steps);
  void stop_stores(std::vector<Step>& steps);
  void exchange(std::vector<Step>& steps);
  void enter(std::vector<Step>& steps);
  void enter(const ServiceDecision& d, const ContainerDecision& c, bool joins,
             std::vector<Step>& steps);
  Step step_for(const ServiceDecision& d, const ContainerDecision& c, std::string_view verb,
                StepKind kind, std::string cause) const;
  [[nodiscard]] bool stands_before(const std::string& first, const std::string& second) const;
  [[nodiscard]] bool stops_before(const std::string& store, const std::string& used) const;
  [[nodiscard]] std::string stores_reached(const std::string& service) const;

  const DeployInput& in_;
  Ids made_, stopped_, stores_stopped_, exchanged_;
  std::vector<Step> entered_;  ///< the fence steps, for the way out
};

}  // namespace landfast
