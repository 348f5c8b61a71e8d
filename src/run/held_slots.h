// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "io/task.h"

namespace landfast {

struct Session;
struct Step;

/// The slots whose requests wait in this run. Nobody waits for ever: at its service's limit a slot
/// goes `down`, and answers with the maintenance page until it serves again.
class HeldSlots {
 public:
  HeldSlots();
  HeldSlots(const HeldSlots&) = delete;
  HeldSlots& operator=(const HeldSlots&) = delete;
  ~HeldSlots();

  /// The slot that `step` holds, from now on.
  void begin(Session& session, const Step& step, std::chrono::nanoseconds limit);
  /// Nothing is written to the slot behind this; one that is not held is no error.
  Task<void> end(std::string edge, std::string target);
  Task<void> end_all();

 private:
  struct Held;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Held>> held_;
};

}  // namespace landfast
