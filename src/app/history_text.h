// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "app/time_text.h"
#include "model/history.h"
#include "watch/style.h"

namespace landfast {

/// Release → names of the variables that it changed. Values are never shown.
using VariableNames = std::map<std::int64_t, std::vector<std::string>>;

/// Releases with what each changed, and deployments that did not become one, newest first, one line
/// each.
[[nodiscard]] std::string history_text(const std::string& stack,
                                       const std::vector<Release>& releases,
                                       const std::vector<Deployment>& deployments,
                                       const VariableNames& variables, TimePoint now,
                                       std::size_t width, Style style);
[[nodiscard]] boost::json::object history_json(const std::string& stack,
                                               const std::vector<Release>& releases,
                                               const std::vector<Deployment>& deployments,
                                               const VariableNames& variables);
/// One release: who, when, how long, what it changed, and its services with their images.
[[nodiscard]] std::string release_text(const std::vector<Release>& releases, const Release& release,
                                       const VariableNames& variables, TimePoint now,
                                       std::size_t width, Style style);
[[nodiscard]] boost::json::object release_json(const std::vector<Release>& releases,
                                               const Release& release,
                                               const VariableNames& variables);

}  // namespace landfast
