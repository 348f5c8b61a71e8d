// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "plan/event.h"

namespace landfast::test {

inline std::chrono::nanoseconds ms(int value) { return std::chrono::milliseconds(value); }

inline Step step(std::string service, std::string verb, StepKind kind,
                 std::vector<std::string> after = {}) {
  Step s;
  s.id = service + "/1:" + verb;
  s.kind = kind;
  s.service = std::move(service);
  s.number = 1;
  s.after = std::move(after);
  return s;
}

/// Release 4 → 5 of a small stack: redis stays, migrate runs, app changes, tunnel waits for app.
inline Plan update_plan() {
  Plan plan;
  plan.stack = "imagion";
  plan.deployment = 7;
  plan.current_release = 4;
  plan.services = {
      {.service = "redis", .change = ServiceChange::unchanged},
      {.service = "migrate", .change = ServiceChange::runs, .one_shot = true},
      {.service = "app", .change = ServiceChange::replaced, .causes = {"image 1.4 → 1.5"}},
      {.service = "tunnel", .change = ServiceChange::restarted, .causes = {"app is new", "more"}},
  };
  plan.steps = {
      step("migrate", "start", StepKind::start_container),
      step("migrate", "exit", StepKind::await_exit, {"migrate/1:start"}),
      step("app", "start", StepKind::start_container, {"migrate/1:exit"}),
      step("app", "ready", StepKind::await_ready, {"app/1:start"}),
      step("tunnel", "restart", StepKind::restart_container, {"app/1:ready"}),
  };
  return plan;
}

/// Makes the events of a run of `plan`.
struct Story {
  Plan plan = update_plan();

  [[nodiscard]] Event event(EventKind kind, int at) const {
    Event e;
    e.kind = kind;
    e.at = ms(at);
    e.stack = plan.stack;
    e.deployment = plan.deployment;
    return e;
  }
  [[nodiscard]] Event started() const {
    auto e = event(EventKind::deployment_started, 0);
    e.plan = &plan;
    return e;
  }
  [[nodiscard]] Event on(EventKind kind, std::size_t index, int at, std::string text = {}) const {
    auto e = event(kind, at);
    e.step = &plan.steps.at(index);
    e.text = std::move(text);
    return e;
  }
  [[nodiscard]] Event done(int at, DeploymentState state, const Error* error = nullptr) const {
    auto e = event(EventKind::deployment_done, at);
    e.state = state;
    e.took = ms(at);
    e.error = error;
    if (state == DeploymentState::committed && error == nullptr) e.release = 5;
    return e;
  }
};

}  // namespace landfast::test
