// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "watch/style.h"

namespace landfast {

/// One row: a state and its cells; text of others has passed `printable`.
struct TableRow {
  LineState state = LineState::done;
  std::vector<std::string> cells;
};

/// Rows below each other, columns aligned, two spaces between them, each row at most `width`
/// columns (0: as wide as it is). Without `symbols` the states are not shown.
[[nodiscard]] std::string table_text(const std::vector<TableRow>& rows, std::size_t width,
                                     bool symbols, Style style);

}  // namespace landfast
