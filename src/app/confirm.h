// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "plan/plan.h"

namespace landfast {

enum class Consent : std::uint8_t { given, ask };

/// What the command line and the terminal say about asking.
struct ConsentFacts {
  bool yes = false;       ///< --yes
  std::string plan_hash;  ///< --plan HASH, "" where not given
  bool can_ask = false;   ///< a person sits at both ends of the terminal
};

/// Whether a plan may run: asked only where it risks something. Errors are `invalid` and nothing
/// was touched: another plan than --plan HASH, or nobody to ask.
[[nodiscard]] Result<Consent> consent(const Plan& plan, const ConsentFacts& facts);

/// An answer counts as yes only if it says so.
[[nodiscard]] bool says_yes(std::string_view answer);

}  // namespace landfast
