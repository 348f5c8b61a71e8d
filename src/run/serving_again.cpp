// SPDX-License-Identifier: Apache-2.0
#include "run/serving_again.h"

#include <fmt/format.h>

#include "run/ready.h"

namespace landfast {
namespace {

ReadyRequest request_of(Session& session, const Step& step) {
  ReadyRequest request;
  request.container = step.container_id;
  request.name = step.service;
  request.timeout = session.timeout;
  request.waiting = tell_waiting(session, step);
  return request;
}

Task<void> await_one(Session& session, const Step& step, std::string& trouble) {
  const auto ready = co_await await_ready(session.ports, request_of(session, step));
  if (!ready)
    trouble = fmt::format("{} runs again, but is not ready: {}", step.service, ready.error().text);
}

}  // namespace

Task<std::vector<std::string>> await_serving_again(Session& session) {
  std::vector<const Step*> started;
  for (const auto& s : session.plan.steps) {
    const bool restored = s.kind == StepKind::restore_container && s.running;
    if (restored || s.kind == StepKind::restart_container) started.push_back(&s);
  }
  std::vector<std::string> said(started.size());
  TaskGroup group;
  for (std::size_t i = 0; i < started.size(); ++i)
    group.spawn(await_one(session, *started[i], said[i]));
  co_await group.join();
  std::erase(said, std::string());
  co_return said;
}

}  // namespace landfast
