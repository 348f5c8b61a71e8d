// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace landfast::compose {

/// What a text starts with that is written without quotes whatever it looks like (timestamps);
/// no text of a file can start so, because it is no UTF-8.
inline constexpr std::string_view verbatim{"\xFF\0verbatim\0", 11};

/// YAML as go-yaml v3 writes it with an indent of two: what `docker compose config` prints.
[[nodiscard]] std::string yaml_text(const boost::json::value& value);

}  // namespace landfast::compose
