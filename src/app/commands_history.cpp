// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "app/call.h"
#include "app/history_text.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/recorded_inputs.h"
#include "run/release_keeping.h"

namespace landfast {
namespace {

constexpr std::size_t compared_releases = 20;  // the newest ones: each is opened and read

std::optional<RecordedInputs> record_of_release(const Ports& ports, const std::string& stack,
                                                const Release& release) {
  const auto bytes = open_record(ports, stack, release);
  if (!bytes) return std::nullopt;
  auto record = record_from(*bytes);
  return record ? std::optional(std::move(*record)) : std::nullopt;
}

/// Names of the variables in which each release differs from the one before it; a release whose
/// inputs are not kept any longer has none.
VariableNames changed_names(const Ports& ports, const std::string& stack,
                            const std::vector<Release>& releases, std::int64_t only) {
  VariableNames names;
  std::optional<RecordedInputs> newer;
  for (std::size_t i = 0; i < releases.size(); ++i) {
    const bool wanted = only == 0 ? i <= compared_releases
                                  : releases[i].number == only || releases[i].number == only - 1;
    auto record = wanted ? record_of_release(ports, stack, releases[i]) : std::nullopt;
    if (newer && record)
      for (auto& change : changed_variables(*record, *newer))
        names[releases[i - 1].number].push_back(std::move(change.name));
    newer = std::move(record);
  }
  return names;
}

}  // namespace

Ending show_history(Call call) {
  CO_TRY(const auto target, co_await find_target(call));
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(const auto releases, co_await ports->journal.releases(target.name));
  CO_TRY(const auto deployments, co_await ports->journal.deployments(target.name));
  const auto wanted = call.arguments.release;
  const auto variables = changed_names(*ports, target.name, releases, wanted);
  const auto width = call.around.output_is_terminal ? screen_size().columns - 1 : 0;
  const auto style = call.output.style();
  if (wanted == 0) {
    call.output.json(history_json(target.name, releases, deployments, variables));
    call.output.say(
        history_text(target.name, releases, deployments, variables, now_utc(), width, style));
    co_return ExitStatus::done;
  }
  const auto found = std::find_if(releases.begin(), releases.end(),
                                  [&](const auto& r) { return r.number == wanted; });
  if (found == releases.end())
    co_return fail(Code::invalid,
                   fmt::format("{} has no release {}", in_quotes(target.name), wanted),
                   "landfast history lists them");
  call.output.json(release_json(releases, *found, variables));
  call.output.say(release_text(releases, *found, variables, now_utc(), width, style));
  co_return ExitStatus::done;
}

}  // namespace landfast
