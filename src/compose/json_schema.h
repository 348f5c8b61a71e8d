// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

namespace landfast::compose {

/// The JSON Schema (draft 7) of landfast.yaml, made of the rules that the loader checks with.
/// `definitions/stack` and `definitions/service` are those of `x-landfast` in a compose file.
[[nodiscard]] boost::json::object landfast_schema();

/// The same as `landfast schema` prints it.
[[nodiscard]] std::string landfast_schema_text();

}  // namespace landfast::compose
