// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "io/task.h"
#include "run/session.h"

namespace landfast {

/// The last look before the commit: every container that this run made still runs, in the
/// namespaces that their owner has now. One that ended since its gate is started again where its
/// policy says so, one that shares what its owner had before a restart is restarted; then its gate
/// must pass again. The error is the gate's, or says which container does not stay up.
Task<Status> await_standing(Session& session);

/// True where both run and the container joined a namespace of a process that its owner had before
/// it was started again. False where this host cannot see it.
[[nodiscard]] bool is_cut_off(Probe& probe, const Container& container, const Container& owner,
                              const std::string& kind);

}  // namespace landfast
