// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "plan/event.h"

namespace landfast {

/// The view of a run on a pipe: one line per event, in order, nothing redrawn.
class PlainLines {
 public:
  using Write = std::function<void(std::string_view)>;
  explicit PlainLines(Write write) : write_(std::move(write)) {}
  void on_event(const Event& event);

 private:
  void started(const Event& event);
  void step_line(const Event& event, std::string_view text);
  bool worth_saying(const Event& event);

  struct Said {
    std::string text;
    std::chrono::nanoseconds at{0};
  };
  Write write_;
  std::map<std::string, Said>
      said_;  ///< by step: progress is told every 5 s, waits when they change
  std::optional<std::int64_t> was_release_;
  std::size_t name_width_ = 0;
};

}  // namespace landfast
