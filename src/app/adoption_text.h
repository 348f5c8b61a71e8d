// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "model/history.h"
#include "plan/plan.h"

namespace landfast {

/// One stack that `adopt` looked at.
struct Adoption {
  StackInputs inputs;
  std::int64_t release = 0;
  bool already = false;  ///< it was ours before this call
  Plan plan;             ///< what a deploy would change: how it differs from its file
};

[[nodiscard]] std::string adoption_text(const Adoption& adoption);
[[nodiscard]] boost::json::object adoption_json(const Adoption& adoption);

}  // namespace landfast
