// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include "base/result.h"
#include "io/owned_fd.h"
#include "io/process.h"

namespace landfast {

/// A started child: its pid is not reaped before `pidfd` was waited for.
struct Spawned {
  pid_t pid = -1;
  OwnedFd pidfd;
  OwnedFd input, output, errors;  ///< our ends; `input` only where there are bytes for it
};

/// Starts the program in a process group of its own. Errors as `run_process`.
[[nodiscard]] Result<Spawned> spawn(const ProcessRequest& request);

/// Starts the program in a session of its own, as no child of ours: it outlives this process and
/// its terminal. Its output goes nowhere; its stdin is a pipe whose other end is returned, so that
/// it sees our end, however that comes. Of the request only argv, environment and folder count.
[[nodiscard]] Result<OwnedFd> spawn_detached(const ProcessRequest& request);

}  // namespace landfast
