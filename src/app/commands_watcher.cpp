// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "app/call.h"
#include "host/watcher_process.h"
#include "run/watcher.h"

namespace landfast {

Ending watch_stack(Call call) {
  if (!call.arguments.project)
    co_return fail(Code::invalid, "watcher is started by landfast itself, with -p NAME");
  // Nothing of the state is opened before: most watchers are dismissed.
  if (!deployer_is_gone(STDIN_FILENO)) co_return ExitStatus::done;
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY_VOID(co_await watch_over(*ports, *call.arguments.project));
  co_return ExitStatus::done;
}

}  // namespace landfast
