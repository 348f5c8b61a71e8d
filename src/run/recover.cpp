// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "run/run.h"
#include "run/undo_deployment.h"

namespace landfast {

Task<Result<std::optional<RunReport>>> recover(const Ports& ports, std::string stack,
                                               OnEvent on_event) {
  CO_TRY(const auto history, co_await ports.journal.history(stack));
  if (!history.unfinished) co_return std::optional<RunReport>{};
  UndoRequest request;
  request.stack = stack;
  request.deployment = history.unfinished->number;
  request.first_deployment = !history.current;
  request.why.text = fmt::format("deployment {} was interrupted while {}", request.deployment,
                                 to_string(history.unfinished->state));
  co_return std::optional<RunReport>(co_await undo_deployment(ports, std::move(request), on_event));
}

}  // namespace landfast
