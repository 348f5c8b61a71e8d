// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "run/session.h"

namespace landfast {

enum class Hook : std::uint8_t { post_start, pre_stop };

/// Runs a service's `post_start` or `pre_stop` commands in its container, one after the other
/// (Compose Specification, "post_start", "pre_stop"). A container that we made says its own in the
/// label `landfast.hooks`, so that an old one stops as its own release had it; of others the
/// project knows. Errors: `failed` with the last output of the command that ended with another
/// exit code than 0; `timeout` after 10 minutes; `cancelled` by Ctrl-C.
Task<Status> run_hooks(Session& session, const Step& step, std::string container, Hook hook);

}  // namespace landfast
