// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "app/call.h"
#include "app/history_text.h"
#include "app/stack.h"
#include "base/text.h"

namespace landfast {

Ending show_history(Call call) {
  CO_TRY(const auto target, co_await find_target(call));
  CO_TRY(auto* journal, call.wiring.journal());
  CO_TRY(const auto releases, co_await journal->releases(target.name));
  CO_TRY(const auto deployments, co_await journal->deployments(target.name));
  const auto width = call.around.output_is_terminal ? screen_size().columns - 1 : 0;
  call.output.json(history_json(target.name, releases, deployments));
  call.output.say(
      history_text(target.name, releases, deployments, now_utc(), width, call.output.style()));
  co_return ExitStatus::done;
}

}  // namespace landfast
