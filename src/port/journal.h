// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/history.h"

namespace landfast {

/// What is written before a step runs.
struct StepIntent {
  std::int64_t deployment = 0;
  std::string step;  ///< the step's stable id: "app/1:create"
  std::string kind;  ///< to_string(StepKind)
  std::string cause;
  std::string facts;  ///< JSON that undo needs: old names, policies, ids
};

enum class StepOutcome : std::uint8_t { done, failed, undone };

struct StepRecord {
  StepIntent intent;
  bool finished = false;
  StepOutcome outcome = StepOutcome::done;
  std::string result;  ///< JSON: what the step made (ids), or the error's text
};

/// What was intended and what came of it. Every write is durable when its task returns. Methods may
/// be called concurrently from one thread; writes are ordered. The error of a write is neither
/// success nor failure (a disk may fail after it has written): ask before acting on it. Every write
/// may be repeated, except begin_deployment.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual Task<Result<History>> history(std::string stack) = 0;
  virtual Task<Status> remember_inputs(StackInputs inputs) = 0;
  /// Takes `deployment.number` (0: the next one), which is unique over all stacks, and returns it.
  /// Fails with `conflict`: retryable where the number was taken since, by another stack's
  /// deployment; else where the stack's newest deployment has not ended.
  virtual Task<Result<std::int64_t>> begin_deployment(Deployment deployment) = 0;
  /// A high-water mark: a state before the present one changes nothing. From undoing and stuck only
  /// to undoing; `conflict` once committed or undone. Ends are said by commit and end_deployment.
  virtual Task<Status> set_state(std::int64_t deployment, DeploymentState state) = 0;
  /// Intending a step again begins a new try of it, without an outcome.
  virtual Task<Status> intend(StepIntent intent) = 0;
  /// The newest outcome counts; `not_found` where the step was never intended.
  virtual Task<Status> record(std::int64_t deployment, std::string step, StepOutcome outcome,
                              std::string result) = 0;
  /// One record a step, in the order in which they were first intended.
  virtual Task<Result<std::vector<StepRecord>>> steps(std::int64_t deployment) = 0;
  /// The commit point: release, state committed and one-shots in one transaction. Returns the
  /// release's number, which counts per stack; said again, the same one.
  virtual Task<Result<std::int64_t>> commit(std::int64_t deployment, Release release,
                                            std::vector<OneShotRun> one_shots) = 0;
  /// Ends a deployment that is not committed: undone, stuck.
  virtual Task<Status> end_deployment(std::int64_t deployment, DeploymentState state,
                                      std::string error) = 0;
  virtual Task<Status> remember_volumes(std::string stack, std::vector<std::string> volumes) = 0;
  /// Newest first, as `deployments`.
  virtual Task<Result<std::vector<Release>>> releases(std::string stack) = 0;
  virtual Task<Result<std::vector<Deployment>>> deployments(std::string stack) = 0;
  /// The inputs of all stacks that are not closed, by name.
  virtual Task<Result<std::vector<StackInputs>>> stacks() = 0;
  /// Forgets inputs, one-shots and volumes of a stack of which nothing is left; releases stay.
  virtual Task<Status> close_stack(std::string stack) = 0;
};

}  // namespace landfast
