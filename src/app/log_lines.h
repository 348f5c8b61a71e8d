// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "watch/style.h"

namespace landfast {

/// Makes lines of the pieces of one stream. A line of more than 64 KiB is broken.
class LineSplitter {
 public:
  using OnLine = std::function<void(std::string_view line)>;
  explicit LineSplitter(OnLine on_line) : on_line_(std::move(on_line)) {}
  void feed(std::string_view bytes);
  /// The rest that has no line end.
  void end();

 private:
  void end_line();
  OnLine on_line_;
  std::string rest_;
};

/// A log line for a terminal: its colours stay, nothing else of it can drive the terminal.
[[nodiscard]] std::string log_line_for_terminal(std::string_view line);

/// The prefix of a container's lines, "app-1    | ", in a colour that tells it from its neighbours.
[[nodiscard]] std::string log_prefix(std::string_view name, std::size_t width, std::size_t index,
                                     Style style);

}  // namespace landfast
