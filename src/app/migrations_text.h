// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "run/observe_migrations.h"
#include "watch/style.h"

namespace landfast {

/// What `migrate status` shows.
[[nodiscard]] std::string migrations_text(const std::string& stack, const MigrationsSeen& seen,
                                          Style style);
[[nodiscard]] boost::json::object migrations_json(const std::string& stack,
                                                  const MigrationsSeen& seen);

}  // namespace landfast
