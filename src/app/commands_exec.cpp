// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/call.h"
#include "app/containers.h"
#include "app/stack.h"
#include "base/text.h"

namespace landfast {
namespace {

/// `-e NAME` takes the caller's value, and nothing where there is none.
std::vector<std::string> environment_of(const Call& call) {
  std::vector<std::string> out;
  for (const auto& entry : call.arguments.environment) {
    if (entry.find('=') != std::string::npos) {
      out.push_back(entry);
      continue;
    }
    const auto it = call.around.environment.find(entry);
    if (it != call.around.environment.end()) out.push_back(entry + "=" + it->second);
  }
  return out;
}

}  // namespace

Ending exec_in_container(Call call) {
  const auto& a = call.arguments;
  CO_TRY(auto* engine, call.wiring.engine());
  CO_TRY(const auto stack, co_await find_stack_name(call));
  if (!stack) co_return fail(no_stack(call));
  CO_TRY(const auto container,
         co_await running_container(*engine, *stack, a.services.front(), a.index));
  InteractiveRequest request;
  request.container = container.id;
  request.tty = !a.no_tty && call.around.input_is_terminal && call.around.output_is_terminal;
  request.exec.container = container.id;
  request.exec.command = a.words;
  request.exec.user = a.user;
  request.exec.working_dir = a.working_dir;
  request.exec.environment = environment_of(call);
  request.exec.privileged = a.privileged;
  CO_TRY(const int code, co_await engine->exec_interactive(std::move(request)));
  co_return static_cast<ExitStatus>(code & 0xFF);
}

}  // namespace landfast
