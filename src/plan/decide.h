// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/history.h"
#include "model/project.h"
#include "model/world.h"
#include "plan/plan.h"

namespace landfast {

/// What happens to one container of a service.
enum class Action : std::uint8_t {
  keep,     ///< runs as the project wants it
  done,     ///< a one-shot that ran with this image and model, or exited with 0
  create,   ///< there is none
  replace,  ///< there is one that differs
  start,    ///< equal, but it does not run
  await,    ///< a one-shot that is still running
  policy,   ///< equal but for the restart policy, which can be set live
  remove,   ///< more than the file's replicas
};

struct ContainerDecision {
  Action action = Action::keep;
  int number = 1;
  const Container* old = nullptr;
  std::vector<std::string> causes;
  std::vector<std::string> drift;    ///< causes that the file has nothing to do with
  std::vector<std::string> differs;  ///< keep, when leaving: what is not as the file says
  bool idle = false;  ///< replace, when leaving: the old one does not run, nor will the new one
};

struct ServiceDecision {
  const Service* service = nullptr;
  bool one_shot = false;
  std::vector<ContainerDecision> containers;

  [[nodiscard]] bool has(Action action) const;
  /// A new container takes the place of an old one, or appears.
  [[nodiscard]] bool renews() const { return has(Action::create) || has(Action::replace); }
  [[nodiscard]] bool changes() const;
};
using Decisions = std::map<std::string, ServiceDecision>;

/// A service that runs to its end: `migrate: true`, or another one waits for its success.
[[nodiscard]] bool is_one_shot(const Project& project, const Service& service);

/// The stack's own service containers, without one-offs and leftovers, by service and number.
[[nodiscard]] std::map<std::string, std::vector<const Container*>> service_containers(
    const World& world);

/// Names on the engine of the volumes that the project wants and the world does not have.
[[nodiscard]] std::set<std::string> missing_volumes(const Project& project, const World& world);

/// Decides for the services of `order` (dependencies first).
[[nodiscard]] Result<Decisions> decide(const Project& project, const World& world,
                                       const History& history, const DeployOptions& options,
                                       const std::vector<std::string>& order);

}  // namespace landfast
