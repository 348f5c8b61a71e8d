// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "plan/event.h"
#include "plan/plan.h"

namespace landfast {

/// What a step does while it runs: "pulling postgres:15".
[[nodiscard]] std::string doing(const Step& step);

/// What a step has done: "pulled postgres:15".
[[nodiscard]] std::string did(const Step& step);

/// What came of a gate or an image, in words; "" for steps that say it all by being done.
[[nodiscard]] std::string outcome_of(const Event& event);

/// A notice with the service that it is about.
[[nodiscard]] std::string notice_text(const Event& event);

/// Where a pull or a build stands: "45 % of 120.0 MiB", or the last line of the build.
[[nodiscard]] std::string progress_text(const Event& event);

/// What a plan does to a stack, in one line: "app changes (image), migrate runs".
/// Above four changes they are counted: "12 new, 3 changed".
[[nodiscard]] std::string plan_summary(const Plan& plan);

/// Which release becomes which: "release 4 → 5", "release 1"; "release 4" where nothing changes.
[[nodiscard]] std::string release_change(const Plan& plan);

/// How a deployment ended, without symbol: "release 5 in 2.9 s".
[[nodiscard]] std::string outcome_text(const Event& done, std::optional<std::int64_t> was_release);

}  // namespace landfast
