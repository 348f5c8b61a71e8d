// SPDX-License-Identifier: Apache-2.0
#include "run/hooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>

#include "base/text.h"
#include "plan/names.h"
#include "run/gate_error.h"

namespace landfast {
namespace {

constexpr std::chrono::minutes limit{10};

std::string_view name_of(Hook hook) { return hook == Hook::post_start ? "post_start" : "pre_stop"; }

std::string text(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts(const boost::json::value* value) {
  std::vector<std::string> found;
  if (value == nullptr || !value->is_array()) return found;
  for (const auto& item : value->as_array())
    if (item.is_string()) found.emplace_back(item.as_string());
  return found;
}

/// A mapping, or a list of K=V; a name alone unsets nothing in an exec and is left out.
std::vector<std::string> variables(const boost::json::object& hook) {
  const auto* value = hook.if_contains("environment");
  if (value == nullptr || !value->is_object()) return texts(value);
  std::vector<std::string> found;
  for (const auto& [key, item] : value->as_object())
    if (item.is_string()) found.push_back(std::string(key) + "=" + std::string(item.as_string()));
  return found;
}

ExecRequest request_of(const boost::json::object& hook, const std::string& container) {
  ExecRequest exec;
  exec.container = container;
  exec.command = texts(hook.if_contains("command"));
  exec.user = text(hook, "user");
  exec.working_dir = text(hook, "working_dir");
  exec.environment = variables(hook);
  const auto* privileged = hook.if_contains("privileged");
  exec.privileged = privileged != nullptr && privileged->is_bool() && privileged->as_bool();
  return exec;
}

boost::json::array listed(const boost::json::object& all, Hook hook) {
  const auto* list = all.if_contains(name_of(hook));
  return list != nullptr && list->is_array() ? list->as_array() : boost::json::array{};
}

const Container* container_in(const World& world, const std::string& id) {
  const auto it = std::find_if(world.containers.begin(), world.containers.end(),
                               [&](const auto& c) { return c.id == id; });
  return it == world.containers.end() ? nullptr : &*it;
}

boost::json::array hooks_of(const Session& session, const Step& step, const std::string& container,
                            Hook hook) {
  const auto* old = container_in(session.world, container);
  if (old != nullptr && old->labels.contains(label::hooks)) {
    boost::json::error_code error;
    const auto all = boost::json::parse(old->label(label::hooks), error);
    return !error && all.is_object() ? listed(all.as_object(), hook) : boost::json::array{};
  }
  if (old != nullptr && old->labels.contains(label::deployment)) return {};
  if (session.project == nullptr || !session.project->services.contains(step.service)) return {};
  return listed(session.project->services.at(step.service).canonical.reveal(), hook);
}

/// True where it was Ctrl-C.
Task<bool> given_up(Session& session) {
  Signal never;
  auto& halt = session.halt != nullptr ? *session.halt : never;
  const auto first = co_await race(session.ports.clock.sleep(limit), halt.wait());
  co_return first.index() == 1;
}

Task<Status> run_one(Session& session, const Step& step, ExecRequest exec, Hook hook) {
  const auto what = fmt::format("{} of {}", name_of(hook), step.service);
  session.emit(EventKind::step_waiting, &step, what);
  const auto container = exec.container;
  auto either = race(session.ports.engine.exec(std::move(exec)), given_up(session));
  auto outcome = co_await either;
  if (outcome.index() == 1 && std::get<1>(outcome)) co_return fail(Code::cancelled, "interrupted");
  if (outcome.index() == 1)
    co_return fail(Code::timeout, fmt::format("{} did not end within 10 minutes", what));
  CO_TRY(const auto result, std::move(std::get<0>(outcome)));
  if (result.exit_code == 0) co_return Status{};
  auto error =
      co_await gate_error(session.ports.engine, container,
                          fmt::format("{} ended with exit code {}", what, result.exit_code),
                          result.output, "its last output:");
  co_return fail(std::move(error));
}

}  // namespace

Task<Status> run_hooks(Session& session, const Step& step, std::string container, Hook hook) {
  const auto hooks = hooks_of(session, step, container, hook);
  for (const auto& item : hooks) {
    if (!item.is_object()) continue;
    auto exec = request_of(item.as_object(), container);
    if (exec.command.empty()) continue;
    CO_TRY_VOID(co_await run_one(session, step, std::move(exec), hook));
  }
  co_return Status{};
}

}  // namespace landfast
