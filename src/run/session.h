// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "run/held_slots.h"
#include "run/run.h"

namespace landfast {

/// What the steps of one run share: the ports, the request, and what the run has made so far.
struct Session {
  const Ports& ports;
  const Project* project = nullptr;  ///< nullptr for a verb or an undo
  const World& world;
  const Plan& plan;
  OnEvent on_event;
  std::optional<std::chrono::nanoseconds> timeout{};
  Signal* stop = nullptr;  ///< the user's Ctrl-C
  Signal* halt = nullptr;  ///< set once the walk goes no further: gates end
  std::chrono::nanoseconds begin{0};

  /// "app/1" → id of the container that this run created.
  std::map<std::string, std::string> created{};
  /// reference → id of the images that this run pulled or built.
  std::map<std::string, std::string> images{};
  /// One-shots that this run has started, whatever came of them: an undo cannot take back what they
  /// did to data.
  std::vector<std::string> started_one_shots{};
  /// Slots whose container ran to its end with 0 instead of staying up.
  std::set<std::string> ended{};
  /// Step id → what was journaled before it.
  std::map<std::string, boost::json::object> facts{};
  /// Target → id of the image whose files `add_site` has added.
  std::map<std::string, std::string> sites{};
  /// What waits at edges; nullptr in an undo and a verb, whose holds are short.
  HeldSlots* held = nullptr;
  /// One-shots that ended with 0 in this run.
  std::vector<OneShotRun> one_shots{};

  void emit(EventKind kind, const Step* step, std::string text = {}) const {
    Event e = event(kind, step);
    e.text = std::move(text);
    on_event(e);
  }
  [[nodiscard]] Event event(EventKind kind, const Step* step) const {
    Event e;
    e.kind = kind;
    e.at = ports.clock.now() - begin;
    e.stack = plan.stack;
    e.deployment = plan.deployment;
    e.plan = &plan;
    e.step = step;
    return e;
  }
};

/// The key of a container slot: "app/1".
[[nodiscard]] std::string slot_of(const Step& step);

/// Tells what a gate of the step waits for, each time that it changes.
[[nodiscard]] std::function<void(const std::string&)> tell_waiting(const Session& session,
                                                                   const Step& step);

/// Does one step; repeating one that is done succeeds. Returns what came of it, for people.
Task<Result<std::string>> do_step(Session& session, const Step& step);

}  // namespace landfast
