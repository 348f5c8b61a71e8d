// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "app/call.h"

namespace landfast {

/// Undoes or finishes what a killed deployer left behind, and says so. The lock is the caller's.
/// `stuck` where that needs a person.
Task<Status> recover_unfinished(Call call, std::string stack);

/// Shows why a run failed, where it did; returns the call's exit status.
ExitStatus tell_end(const Call& call, const RunReport& report);

}  // namespace landfast
