// SPDX-License-Identifier: Apache-2.0
#include "app/recovery.h"

#include <fmt/format.h>

namespace landfast {

Task<Status> recover_unfinished(Call call, std::string stack) {
  CO_TRY(const auto* ports, call.wiring.ports());
  RunView view(call.output, ports->clock);
  auto work = recover(*ports, stack, view.on_event());
  CO_TRY(const auto report, co_await watched(std::move(work), view, ports->clock));
  if (!report) co_return Status{};
  if (report->state == DeploymentState::stuck && report->error) co_return fail(*report->error);
  const auto what = report->error ? report->error->text : std::string("a deployment was cut off");
  call.output.note(fmt::format("{}: it is {}", what, to_string(report->state)));
  co_return Status{};
}

ExitStatus tell_end(const Call& call, const RunReport& report) {
  if (report.error) call.output.error(*report.error);
  if (!report.aftermath.empty()) call.output.note(report.aftermath);
  return exit_status(report);
}

}  // namespace landfast
