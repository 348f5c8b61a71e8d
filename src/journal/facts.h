// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/sqlite.h"
#include "model/history.h"
#include "port/journal.h"

/// The journal's facts as SQL. Each function runs inside the caller's transaction; `at` is the time
/// that a new fact gets (RFC 3339 UTC). Meaning and errors: port/journal.h.
namespace landfast::journal {

Result<History> history(sqlite::Connection& c, std::string_view stack);
Result<std::vector<StepRecord>> steps(sqlite::Connection& c, std::int64_t deployment);
Result<std::vector<Release>> releases(sqlite::Connection& c, std::string_view stack);
Result<std::vector<Deployment>> deployments(sqlite::Connection& c, std::string_view stack);
Result<std::vector<StackInputs>> stacks(sqlite::Connection& c);

Status remember_inputs(sqlite::Connection& c, std::string_view at, const StackInputs& inputs);
Result<std::int64_t> begin_deployment(sqlite::Connection& c, std::string_view at,
                                      const Deployment& deployment);
Status set_state(sqlite::Connection& c, std::string_view at, std::int64_t deployment,
                 DeploymentState state);
Status intend(sqlite::Connection& c, std::string_view at, const StepIntent& intent);
Status record(sqlite::Connection& c, std::string_view at, std::int64_t deployment,
              std::string_view step, StepOutcome outcome, std::string_view result);
Result<std::int64_t> commit(sqlite::Connection& c, std::string_view at, std::int64_t deployment,
                            const Release& release, const std::vector<OneShotRun>& one_shots);
Status end_deployment(sqlite::Connection& c, std::string_view at, std::int64_t deployment,
                      DeploymentState state, std::string_view error);
Status remember_volumes(sqlite::Connection& c, std::string_view at, std::string_view stack,
                        const std::vector<std::string>& volumes);
Status close_stack(sqlite::Connection& c, std::string_view at, std::string_view stack);

/// Id of the stack's present life; 0 where it has none.
Result<std::int64_t> open_life(sqlite::Connection& c, std::string_view stack);

}  // namespace landfast::journal
