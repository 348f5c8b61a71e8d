// SPDX-License-Identifier: Apache-2.0
#include "app/call.h"
#include "app/migrations_text.h"
#include "app/stack.h"

namespace landfast {

Ending show_migrations(Call call) {
  CO_TRY(const auto target, co_await load_target(call));
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(const auto world, co_await observe(*ports, target.name, &*target.project));
  CO_TRY(const auto seen, co_await observe_migrations(*ports, *target.project, world));
  call.output.json(migrations_json(target.name, seen));
  call.output.say(migrations_text(target.name, seen, call.output.style()));
  co_return ExitStatus::done;
}

}  // namespace landfast
