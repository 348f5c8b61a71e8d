// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/world.h"
#include "plan/plan.h"
#include "plan/undo.h"

namespace landfast {

/// What the journal holds of a target's slots before a deploy touches them: all that its undo
/// needs.
struct SlotRecord {
  std::string edge, target, service;
  SlotState state;
  std::chrono::nanoseconds drain{0};  ///< most time that requests in flight get

  /// The slot that a deploy gives to its new containers.
  [[nodiscard]] SlotName next() const { return idle_slot(state.word); }
  /// The one that served; nullopt where none did.
  [[nodiscard]] std::optional<SlotName> before() const;
};
[[nodiscard]] boost::json::object to_json(const SlotRecord& record);
/// nullopt where a part is missing.
[[nodiscard]] std::optional<SlotRecord> slot_record(const boost::json::object& facts);
/// The first record of each target: as it was before the deployment.
[[nodiscard]] std::vector<SlotRecord> slot_records(const std::vector<IntendedStep>& steps);

/// How an undo brings the edges back.
struct EdgeUndo {
  std::vector<Step> drains;    ///< first: nothing is on its way to a new container any more
  std::vector<Step> tables;    ///< once those are gone, and before the old ones have their ports
  std::vector<Step> switches;  ///< once the old ones are back
  std::vector<Step> networks;  ///< at the end
};
/// `is_up(service)`: its old containers run, and will go on. Steps whose effect the world does not
/// show are left out.
[[nodiscard]] EdgeUndo undo_edges(const std::string& stack, std::int64_t deployment,
                                  const std::vector<IntendedStep>& steps, const World& world,
                                  const std::function<bool(const std::string&)>& is_up);

/// What a deployer that was killed behind its commit record left held: the steps that let the
/// release of `deployment` serve.
[[nodiscard]] std::vector<Step> held_slots(const std::string& stack,
                                           const std::vector<IntendedStep>& steps,
                                           const World& world);
/// Whether a target of the stack is held.
[[nodiscard]] bool has_held_slot(const World& world, const std::string& stack);

}  // namespace landfast
