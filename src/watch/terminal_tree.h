// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/event.h"
#include "watch/progress.h"
#include "watch/style.h"

namespace landfast {

/// Size of a terminal in characters.
struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// The whole view at `now` (on the clock of Event::at), one string per row, none wider than the
/// screen; finished services are folded into one line where the rows do not suffice.
[[nodiscard]] std::vector<std::string> tree_rows(const Progress& progress, ScreenSize size,
                                                 std::chrono::nanoseconds now, Style style);

/// The live view of a run on a terminal: redrawn in place, never scrolled, left standing at the
/// end. Pure but for `write`, which gets whole frames.
class TerminalTree {
 public:
  using Write = std::function<void(std::string_view)>;
  TerminalTree(Write write, Style style) : write_(std::move(write)), style_(style) {}

  void resize(ScreenSize size) { size_ = size; }
  /// Takes an event in; draws where the last frame is older than 40 ms or the run has ended.
  void on_event(const Event& event);
  /// Draws what changed with time alone.
  void tick(std::chrono::nanoseconds now);
  /// Takes the view off the screen, such as before a question.
  void clear();

 private:
  void draw(std::chrono::nanoseconds now);
  [[nodiscard]] std::string to_first_row() const;

  Write write_;
  Style style_;
  ScreenSize size_;
  Progress progress_;
  std::vector<std::size_t> drawn_;  ///< widths of the rows on the screen
  std::chrono::nanoseconds last_draw_{-1};
};

}  // namespace landfast
