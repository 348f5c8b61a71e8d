// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "app/time_text.h"
#include "model/history.h"
#include "watch/style.h"

namespace landfast {

/// Releases and deployments that did not become one, newest first, one line each.
[[nodiscard]] std::string history_text(const std::string& stack,
                                       const std::vector<Release>& releases,
                                       const std::vector<Deployment>& deployments, TimePoint now,
                                       std::size_t width, Style style);
[[nodiscard]] boost::json::object history_json(const std::string& stack,
                                               const std::vector<Release>& releases,
                                               const std::vector<Deployment>& deployments);

}  // namespace landfast
