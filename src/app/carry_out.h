// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "app/call.h"
#include "app/images.h"
#include "app/stack.h"

namespace landfast {

/// Everything that a plan was made of.
struct Planned {
  World world;
  History history;
  Plan plan;
};

/// What a run takes along besides its plan.
struct Carried {
  MovedTags moved;                                   ///< an undo puts them back
  std::map<std::string, std::string> wanted_tags{};  ///< see RunRequest
  Secret record{};                                   ///< the release's inputs
  std::int64_t origin = 0;                           ///< the release that is deployed again
  std::string git_revision{};
};

/// What deploy's options say.
[[nodiscard]] DeployOptions options_of(const Arguments& arguments);

/// Has the plan confirmed where it must be. Where `shown`, the plan was shown already; else it is
/// shown whole only where it asks, and its notes in any case.
[[nodiscard]] Status confirm(const Call& call, const Plan& plan, bool shown);

/// Has the plan confirmed and runs it. An error: it was not confirmed and nothing has run.
Task<Result<RunReport>> carry_out(Call call, const Target& target, const Planned& planned,
                                  Carried carried, bool shown);

/// Shows what a plan does not do, and the gaps that it makes.
void show_notes(const Call& call, const Plan& plan);

/// Says that a plan has nothing to do.
[[nodiscard]] ExitStatus tell_nothing_to_do(const Call& call, const Plan& plan);

}  // namespace landfast
