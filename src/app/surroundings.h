// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "watch/style.h"
#include "watch/terminal_tree.h"

namespace landfast {

/// What the process was started with and in; read once, then a value.
struct Surroundings {
  std::string cwd;   ///< absolute; $PWD where that names the same folder, as Go's Getwd
  std::string home;  ///< HOME, "" where unset
  std::map<std::string, std::string> environment;
  bool input_is_terminal = false;
  bool output_is_terminal = false;
  bool errors_are_terminal = false;
  bool root = false;
};

[[nodiscard]] Surroundings look_around();

/// Colour only on a terminal that is not dumb, and never with NO_COLOR (https://no-color.org).
[[nodiscard]] Style style_for(bool terminal, const std::map<std::string, std::string>& environment);

/// TIOCGWINSZ of standard output; 80 × 24 where it cannot be told.
[[nodiscard]] ScreenSize screen_size();

}  // namespace landfast
