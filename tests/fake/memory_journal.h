// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "port/clock.h"
#include "port/journal.h"

namespace landfast {

/// A journal in memory, with the rules of the real one (conformance/journal_suite.h). It survives
/// the frames that use it: drop them, and what was written before is still there.
class MemoryJournal : public Journal {
 public:
  explicit MemoryJournal(Clock& clock) : clock_(clock) {}

  /// Each call takes `cost` of the clock's time, half before its effect and half after, so that a
  /// caller can be dropped with the effect undone or unacknowledged. nullopt: calls never suspend.
  std::optional<std::chrono::nanoseconds> cost;
  /// Asked before each effect with the method's name: an error is returned and nothing is written.
  std::function<std::optional<Error>(std::string_view call)> refuse;
  /// Asked after each effect: an error is returned although the fact is written.
  std::function<std::optional<Error>(std::string_view call)> lose_answer;
  std::string id = "journal-1";
  /// Names of the methods called, in order of their effects.
  std::vector<std::string> calls;

  Task<Result<History>> history(std::string stack) override;
  Task<Status> remember_inputs(StackInputs inputs) override;
  Task<Result<std::int64_t>> begin_deployment(Deployment deployment) override;
  Task<Status> set_state(std::int64_t deployment, DeploymentState state) override;
  Task<Status> intend(StepIntent intent) override;
  Task<Status> record(std::int64_t deployment, std::string step, StepOutcome outcome,
                      std::string result) override;
  Task<Result<std::vector<StepRecord>>> steps(std::int64_t deployment) override;
  Task<Result<std::int64_t>> commit(std::int64_t deployment, Release release,
                                    std::vector<OneShotRun> one_shots) override;
  Task<Status> end_deployment(std::int64_t deployment, DeploymentState state,
                              std::string error) override;
  Task<Status> remember_volumes(std::string stack, std::vector<std::string> volumes) override;
  Task<Result<std::vector<Release>>> releases(std::string stack) override;
  Task<Result<std::vector<Deployment>>> deployments(std::string stack) override;
  Task<Result<std::vector<StackInputs>>> stacks() override;
  Task<Status> close_stack(std::string stack) override;

 private:
  struct Run {
    Deployment deployment;
    std::vector<StepRecord> steps;
  };
  /// One life of a stack: from its first fact to close_stack.
  struct Life {
    std::string name;
    bool closed = false;
    std::optional<StackInputs> inputs;
    std::set<std::string> volumes;
    std::vector<std::int64_t> deployments;
    std::vector<OneShotRun> one_shots;
  };

  template <class T>
  Task<Result<T>> act(std::string_view call, std::function<Result<T>()> effect);
  Result<Life*> life(const std::string& stack);
  Life* open_life(const std::string& stack);
  Result<Run*> run(std::int64_t deployment);
  Status end(Run& run, DeploymentState state, std::string error);

  Result<History> read_history(const std::string& stack);
  Result<std::int64_t> add_deployment(Deployment deployment);
  Status move_to(std::int64_t deployment, DeploymentState state);
  Status add_intent(const StepIntent& intent);
  Status add_outcome(std::int64_t deployment, const std::string& step, StepOutcome outcome,
                     const std::string& result);
  Result<std::int64_t> add_release(std::int64_t deployment, Release release,
                                   const std::vector<OneShotRun>& one_shots);
  Status end_with(std::int64_t deployment, DeploymentState state, const std::string& error);

  Clock& clock_;
  std::vector<Life> lives_;
  std::vector<Run> runs_;
  std::vector<std::pair<std::string, Release>> releases_;  // stack, release
};

}  // namespace landfast
