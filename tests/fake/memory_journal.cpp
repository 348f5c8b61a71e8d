// SPDX-License-Identifier: Apache-2.0
#include "fake/memory_journal.h"

#include <fmt/format.h>

#include <algorithm>

namespace landfast {

using enum DeploymentState;

namespace {

bool ended(DeploymentState state) {
  return state == committed || state == undone || state == stuck;
}

tl::unexpected<Error> no_way(const Deployment& d, DeploymentState to) {
  return fail(Code::conflict, fmt::format("deployment {} is {}: it cannot become {}", d.number,
                                          to_string(d.state), to_string(to)));
}

}  // namespace

template <class T>
Task<Result<T>> MemoryJournal::act(std::string_view call, std::function<Result<T>()> effect) {
  if (cost) co_await clock_.sleep(*cost / 2);
  if (refuse)
    if (auto error = refuse(call)) co_return fail(std::move(*error));
  calls.emplace_back(call);
  auto result = effect();
  if (cost) co_await clock_.sleep(*cost - *cost / 2);
  if (lose_answer)
    if (auto error = lose_answer(call)) co_return fail(std::move(*error));
  co_return result;
}

MemoryJournal::Life* MemoryJournal::open_life(const std::string& stack) {
  const auto it = std::find_if(lives_.begin(), lives_.end(),
                               [&](const Life& l) { return l.name == stack && !l.closed; });
  return it == lives_.end() ? nullptr : &*it;
}

Result<MemoryJournal::Life*> MemoryJournal::life(const std::string& stack) {
  if (stack.empty()) return fail(Code::invalid, "a stack without a name cannot be journaled");
  if (auto* open = open_life(stack)) return open;
  lives_.emplace_back().name = stack;
  return &lives_.back();
}

Result<MemoryJournal::Run*> MemoryJournal::run(std::int64_t deployment) {
  for (auto& r : runs_)
    if (r.deployment.number == deployment) return &r;
  return fail(Code::not_found, fmt::format("deployment {} is not in the journal", deployment));
}

Result<History> MemoryJournal::read_history(const std::string& stack) {
  History h;
  h.journal = id;
  for (const auto& [name, release] : releases_)
    if (name == stack) h.current = release;
  h.next_deployment = runs_.empty() ? 1 : runs_.back().deployment.number + 1;
  const auto* open = open_life(stack);
  h.closed = h.current &&
             (open == nullptr || std::count(open->deployments.begin(), open->deployments.end(),
                                            h.current->deployment) == 0);
  if (open == nullptr) return h;
  h.inputs = open->inputs;
  for (auto it = releases_.rbegin(); it != releases_.rend(); ++it)
    if (it->first == stack && it->second.data_before > 0 &&
        std::count(open->deployments.begin(), open->deployments.end(), it->second.deployment) > 0)
      h.returns.push_back({it->second.deployment, it->second.data_before});
  h.one_shots.assign(open->one_shots.rbegin(), open->one_shots.rend());
  h.volumes.assign(open->volumes.begin(), open->volumes.end());
  if (!open->deployments.empty()) {
    TRY(const auto* newest, run(open->deployments.back()));
    const auto state = newest->deployment.state;
    if (state != committed && state != undone) h.unfinished = newest->deployment;
  }
  return h;
}

Result<std::int64_t> MemoryJournal::add_deployment(Deployment deployment) {
  TRY(auto* open, life(deployment.stack));
  if (!open->deployments.empty()) {
    TRY(const auto* newest, run(open->deployments.back()));
    if (!ended(newest->deployment.state))
      return fail(Code::conflict,
                  fmt::format("deployment {} has not ended", newest->deployment.number));
  }
  const auto next = runs_.empty() ? 1 : runs_.back().deployment.number + 1;
  if (deployment.number == 0) deployment.number = next;
  if (deployment.number < next) {
    Error e;
    e.code = Code::conflict;
    e.retryable = true;
    e.text = fmt::format("number {} was taken", deployment.number);
    return fail(std::move(e));
  }
  deployment.state = planned;
  deployment.finished.clear();
  deployment.error.clear();
  open->deployments.push_back(deployment.number);
  runs_.push_back({std::move(deployment), {}});
  return runs_.back().deployment.number;
}

Status MemoryJournal::move_to(std::int64_t deployment, DeploymentState state) {
  if (ended(state))
    return fail(Code::invalid, "a deployment ends only through commit or end_deployment");
  TRY(auto* r, run(deployment));
  auto& d = r->deployment;
  if (d.state == committed || d.state == undone) return no_way(d, state);
  if ((d.state == undoing || d.state == stuck) && state != undoing) return no_way(d, state);
  if (d.state == stuck || state > d.state) {
    d.state = state;
    d.finished.clear();
    d.error.clear();
  }
  return {};
}

Status MemoryJournal::add_intent(const StepIntent& intent) {
  TRY(auto* r, run(intent.deployment));
  if (r->deployment.state == undone)
    return fail(Code::conflict,
                fmt::format("deployment {} is undone: no step can follow", intent.deployment));
  const auto it = std::find_if(r->steps.begin(), r->steps.end(),
                               [&](const auto& s) { return s.intent.step == intent.step; });
  auto& step = it != r->steps.end() ? *it : r->steps.emplace_back();
  step = StepRecord{};
  step.intent = intent;
  return {};
}

Status MemoryJournal::add_outcome(std::int64_t deployment, const std::string& step,
                                  StepOutcome outcome, const std::string& result) {
  auto r = run(deployment);
  if (r)
    for (auto& s : (*r)->steps)
      if (s.intent.step == step) {
        s.finished = true;
        s.outcome = outcome;
        s.result = result;
        return {};
      }
  return fail(Code::not_found,
              fmt::format("step {} of deployment {} was never intended", step, deployment));
}

Result<std::int64_t> MemoryJournal::add_release(std::int64_t deployment, Release release,
                                                const std::vector<OneShotRun>& one_shots) {
  TRY(auto* r, run(deployment));
  auto& d = r->deployment;
  std::int64_t number = 0;
  for (const auto& [stack, known] : releases_) {
    if (known.deployment == deployment) return known.number;
    if (stack == d.stack) number = known.number;
  }
  if (ended(d.state) || d.state == undoing) return no_way(d, committed);
  release.number = number + 1;
  release.deployment = deployment;
  releases_.emplace_back(d.stack, std::move(release));
  for (auto& l : lives_) {
    if (std::count(l.deployments.begin(), l.deployments.end(), deployment) == 0) continue;
    for (auto one : one_shots) {
      one.deployment = deployment;
      l.one_shots.push_back(std::move(one));
    }
  }
  TRY_VOID(end(*r, committed, ""));
  return number + 1;
}

Status MemoryJournal::end(Run& r, DeploymentState state, std::string error) {
  r.deployment.state = state;
  r.deployment.finished = clock_.utc();
  r.deployment.error = std::move(error);
  return {};
}

Status MemoryJournal::end_with(std::int64_t deployment, DeploymentState state,
                               const std::string& error) {
  if (state != undone && state != stuck)
    return fail(Code::invalid, "end_deployment takes undone or stuck");
  TRY(auto* r, run(deployment));
  const auto now = r->deployment.state;
  if (now == state) return {};
  if (now == committed || now == undone) return no_way(r->deployment, state);
  return end(*r, state, error);
}

Task<Result<History>> MemoryJournal::history(std::string stack) {
  return act<History>("history", [this, stack] { return read_history(stack); });
}

Task<Status> MemoryJournal::remember_inputs(StackInputs inputs) {
  return act<void>("remember_inputs", [this, inputs]() -> Status {
    TRY(auto* open, life(inputs.name));
    open->inputs = inputs;
    return {};
  });
}

Task<Result<std::int64_t>> MemoryJournal::begin_deployment(Deployment deployment) {
  return act<std::int64_t>("begin_deployment",
                           [this, deployment] { return add_deployment(deployment); });
}

Task<Status> MemoryJournal::set_state(std::int64_t deployment, DeploymentState state) {
  return act<void>("set_state", [this, deployment, state] { return move_to(deployment, state); });
}

Task<Status> MemoryJournal::intend(StepIntent intent) {
  return act<void>("intend", [this, intent] { return add_intent(intent); });
}

Task<Status> MemoryJournal::record(std::int64_t deployment, std::string step, StepOutcome outcome,
                                   std::string result) {
  return act<void>("record", [this, deployment, step, outcome, result] {
    return add_outcome(deployment, step, outcome, result);
  });
}

Task<Result<std::vector<StepRecord>>> MemoryJournal::steps(std::int64_t deployment) {
  using Steps = std::vector<StepRecord>;
  return act<Steps>("steps", [this, deployment]() -> Result<Steps> {
    const auto r = run(deployment);
    return r ? (*r)->steps : Steps{};
  });
}

Task<Result<std::int64_t>> MemoryJournal::commit(std::int64_t deployment, Release release,
                                                 std::vector<OneShotRun> one_shots) {
  return act<std::int64_t>("commit", [this, deployment, release, one_shots] {
    return add_release(deployment, release, one_shots);
  });
}

Task<Status> MemoryJournal::end_deployment(std::int64_t deployment, DeploymentState state,
                                           std::string error) {
  return act<void>("end_deployment",
                   [this, deployment, state, error] { return end_with(deployment, state, error); });
}

Task<Status> MemoryJournal::remember_volumes(std::string stack, std::vector<std::string> volumes) {
  return act<void>("remember_volumes", [this, stack, volumes]() -> Status {
    TRY(auto* open, life(stack));
    open->volumes.insert(volumes.begin(), volumes.end());
    return {};
  });
}

Task<Result<std::vector<Release>>> MemoryJournal::releases(std::string stack) {
  using Releases = std::vector<Release>;
  return act<Releases>("releases", [this, stack]() -> Result<Releases> {
    Releases list;
    for (const auto& [name, release] : releases_)
      if (name == stack) list.insert(list.begin(), release);
    return list;
  });
}

Task<Result<std::vector<Deployment>>> MemoryJournal::deployments(std::string stack) {
  using Deployments = std::vector<Deployment>;
  return act<Deployments>("deployments", [this, stack]() -> Result<Deployments> {
    Deployments list;
    for (const auto& r : runs_)
      if (r.deployment.stack == stack) list.insert(list.begin(), r.deployment);
    return list;
  });
}

Task<Result<std::vector<StackInputs>>> MemoryJournal::stacks() {
  using Stacks = std::vector<StackInputs>;
  return act<Stacks>("stacks", [this]() -> Result<Stacks> {
    Stacks list;
    for (const auto& l : lives_)
      if (!l.closed && l.inputs) list.push_back(*l.inputs);
    std::sort(list.begin(), list.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return list;
  });
}

Task<Status> MemoryJournal::close_stack(std::string stack) {
  return act<void>("close_stack", [this, stack]() -> Status {
    if (auto* open = open_life(stack)) open->closed = true;
    return {};
  });
}

}  // namespace landfast
