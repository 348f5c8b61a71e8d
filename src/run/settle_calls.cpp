// SPDX-License-Identifier: Apache-2.0
#include "run/settle_calls.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>
#include <string>

namespace landfast {
namespace {

constexpr std::chrono::seconds late_limit{3};
constexpr std::chrono::milliseconds late_pause{50};

std::string fact(const StepRecord& record, const char* key) {
  boost::json::error_code error;
  const auto facts = boost::json::parse(record.intent.facts, error);
  if (error || !facts.is_object()) return {};
  const auto* value = facts.as_object().if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

template <class List>
bool names(const List& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const auto& item) { return item.name == name; });
}

/// What was to be made and has no outcome: kind and name.
std::vector<std::pair<std::string, std::string>> unanswered(
    const std::vector<StepRecord>& records) {
  std::vector<std::pair<std::string, std::string>> asked;
  for (const auto& r : records)
    for (const auto kind :
         {StepKind::create_network, StepKind::create_volume, StepKind::create_container,
          StepKind::create_fence, StepKind::set_aside, StepKind::create_edge_network})
      if (!r.finished && r.intent.kind == to_string(kind))
        asked.emplace_back(r.intent.kind, fact(r, "made"));
  return asked;
}

bool is_there(const World& world, const std::string& kind, const std::string& name) {
  if (kind == to_string(StepKind::create_network) || kind == to_string(StepKind::create_fence) ||
      kind == to_string(StepKind::create_edge_network))
    return names(world.networks, name);
  if (kind == to_string(StepKind::create_volume) || kind == to_string(StepKind::set_aside))
    return names(world.volumes, name);
  return names(world.containers, name);
}

Task<Status> await_creations(const Ports& ports, const UndoRequest& request,
                             const std::vector<StepRecord>& records) {
  const auto asked = unanswered(records);
  const auto begin = ports.clock.now();
  while (!asked.empty()) {
    CO_TRY(const auto world, co_await observe(ports, request.stack, nullptr));
    const bool all = std::all_of(asked.begin(), asked.end(), [&](const auto& what) {
      return is_there(world, what.first, what.second);
    });
    if (all || ports.clock.now() - begin >= late_limit) break;
    co_await ports.clock.sleep(late_pause);
  }
  co_return Status{};
}

/// Its policy is set to `no` before it is stopped, so another policy says that no stop was asked
/// for. A second stop returns when the first has done its work; a start before that would be lost.
Task<Status> finish_stops(const Ports& ports, const std::vector<StepRecord>& records) {
  for (const auto& r : records) {
    const bool stops = r.intent.kind == to_string(StepKind::retire_container) ||
                       r.intent.kind == to_string(StepKind::stop_clean);
    if (r.finished || !stops) continue;
    auto old = co_await ports.engine.container(fact(r, "id"));
    if (!old && old.error().code == Code::not_found) continue;
    if (!old) co_return fail(std::move(old).error());
    const auto& policy = old->restart_policy.name;
    if (old->status != ContainerStatus::running || !(policy.empty() || policy == "no")) continue;
    CO_TRY_VOID(co_await ports.engine.stop_container(old->id, std::nullopt));
  }
  co_return Status{};
}

/// A container that was to start in the fence: one that comes late, after the undo has stopped it,
/// would hold the copy.
Task<Status> await_starts(const Ports& ports, const std::vector<StepRecord>& records) {
  const auto begin = ports.clock.now();
  const bool guarded = std::any_of(records.begin(), records.end(), [](const auto& r) {
    return r.intent.kind == to_string(StepKind::exchange_volumes);
  });
  for (const auto& r : records) {
    if (r.finished || !guarded || r.intent.kind != to_string(StepKind::start_container)) continue;
    const auto id = fact(r, "id");
    while (!id.empty()) {
      auto now = co_await ports.engine.container(id);
      if (!now && now.error().code != Code::not_found) co_return fail(std::move(now).error());
      const bool runs = now && now->status == ContainerStatus::running;
      if (!now || runs || ports.clock.now() - begin >= late_limit) break;
      co_await ports.clock.sleep(late_pause);
    }
  }
  co_return Status{};
}

}  // namespace

Task<Status> settle_calls(const Ports& ports, const UndoRequest& request,
                          const std::vector<StepRecord>& records) {
  CO_TRY_VOID(co_await await_creations(ports, request, records));
  CO_TRY_VOID(co_await await_starts(ports, records));
  co_return co_await finish_stops(ports, records);
}

}  // namespace landfast
