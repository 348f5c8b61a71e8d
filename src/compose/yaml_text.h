// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/value.hpp>
#include <string>

namespace landfast::compose {

/// YAML as go-yaml v3 writes it with an indent of two: what `docker compose config` prints.
[[nodiscard]] std::string yaml_text(const boost::json::value& value);

}  // namespace landfast::compose
