// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "watch/style.h"

namespace landfast {

/// The name of a code in JSON: "not_found".
[[nodiscard]] std::string_view to_string(Code code);

/// An error for people: place, what happened, the line with a caret, how we came there, further
/// errors, causes, and the next step as the last line. Paths below `here` (an absolute folder) are
/// shown relative to it. Ends with a newline.
[[nodiscard]] std::string render_error(const Error& error, std::string_view here, Style style);

/// A warning at its place in one line, such as for findings that do not stop a load.
[[nodiscard]] std::string place_text(const Mark& mark, std::string_view here);

/// The same as an object of the schema in docs/json.md.
[[nodiscard]] boost::json::object error_json(const Error& error);

}  // namespace landfast
