// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "base/result.h"
#include "plan/event.h"

namespace landfast {

/// What the process returns (docs/exit-codes.md).
enum class ExitStatus : std::uint8_t {
  done = 0,
  failed = 1,
  bad_usage = 2,  ///< or a bad file: nothing was touched
  findings = 3,
  undone = 4,  ///< failed, or interrupted, and everything is as it was
  locked = 5,  ///< another deployer holds the stack
  stuck = 6,   ///< a person is needed
};

[[nodiscard]] ExitStatus exit_status(const Error& error);
[[nodiscard]] ExitStatus exit_status(const RunReport& report);

}  // namespace landfast
