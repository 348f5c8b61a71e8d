// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>
#include <string>

namespace landfast {

/// JSON as Go's encoding/json writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped, Go's floats.
[[nodiscard]] std::string compact_json(const boost::json::value& value);
/// The same with an indent of two (json.MarshalIndent).
[[nodiscard]] std::string indented_json(const boost::json::value& value);

}  // namespace landfast
