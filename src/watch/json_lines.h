// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <string_view>

#include "plan/event.h"

namespace landfast {

/// The name of an event in JSON: "step_started".
[[nodiscard]] std::string_view to_string(EventKind kind);

/// One event as an object of the schema in docs/json.md.
[[nodiscard]] boost::json::object event_json(const Event& event);

/// The view of a run for programs: JSON Lines, one object per event.
class JsonLines {
 public:
  using Write = std::function<void(std::string_view)>;
  explicit JsonLines(Write write) : write_(std::move(write)) {}
  void on_event(const Event& event);

 private:
  Write write_;
};

}  // namespace landfast
