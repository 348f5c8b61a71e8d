// SPDX-License-Identifier: Apache-2.0
#include "run/network_removal.h"

#include <fmt/format.h>

namespace landfast {

Task<Result<std::string>> remove_network(Session& session, const Step& step, std::string id) {
  const auto removed = co_await session.ports.engine.remove_network(std::move(id));
  if (removed) co_return "removed";
  const auto& error = removed.error();
  if (error.code != Code::stuck) co_return fail(error);
  session.emit(EventKind::notice, &step,
               fmt::format("the network {} stays until the engine is restarted: it counts "
                           "containers in it that are gone",
                           step.name));
  co_return "stays";
}

}  // namespace landfast
