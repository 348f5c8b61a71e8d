// SPDX-License-Identifier: Apache-2.0
#include "app/table.h"

#include <algorithm>

namespace landfast {
namespace {

std::vector<std::size_t> column_widths(const std::vector<TableRow>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.cells.size()));
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row.cells[i]));
  }
  return widths;
}

}  // namespace

std::string table_text(const std::vector<TableRow>& rows, std::size_t width, bool symbols,
                       Style style) {
  const auto widths = column_widths(rows);
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (widths[i] == 0) continue;
      if (!line.empty()) line += "  ";
      line += padded(row.cells[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    const std::size_t indent = symbols ? 4 : 2;
    if (width > indent) line = fit(line, width - indent);
    out += symbols ? "  " + symbol(row.state, style) + " " : std::string("  ");
    out += line + "\n";
  }
  return out;
}

}  // namespace landfast
