// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "run/session.h"

namespace landfast {

/// Removes a network. One that the engine cannot remove before its restart (Engine::remove_network)
/// stays, which is told and stops nothing. Returns what came of it.
[[nodiscard]] Task<Result<std::string>> remove_network(Session& session, const Step& step,
                                                       std::string id);

}  // namespace landfast
