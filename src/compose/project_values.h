// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "model/project.h"

namespace landfast::compose {

/// A service of the model from what Compose prints of it.
[[nodiscard]] Service service_of(const std::string& name, const std::string& project,
                                 boost::json::object canonical);

}  // namespace landfast::compose
