// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace landfast {

/// How a line stands; the only thing that has a colour.
enum class LineState : std::uint8_t { waiting, active, done, failed };

/// How text is put on a terminal.
struct Style {
  bool colour = false;  ///< false with NO_COLOR, on a pipe, and on TERM=dumb
};

/// ○ ● ✓ ✗, coloured where the style says so.
[[nodiscard]] std::string symbol(LineState state, Style style);

/// The text in the colour of a state, or as it is.
[[nodiscard]] std::string coloured(std::string_view text, LineState state, Style style);

/// Less important text, or as it is.
[[nodiscard]] std::string faint(std::string_view text, Style style);

/// Columns that valid UTF-8 text takes on a terminal (wide characters take two, combining none).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The text in at most `columns`, its end replaced by "…" where it does not fit.
[[nodiscard]] std::string fit(std::string_view text, std::size_t columns);

/// The text with spaces up to `columns`; a longer one is returned as it is.
[[nodiscard]] std::string padded(std::string_view text, std::size_t columns);

}  // namespace landfast
