// SPDX-License-Identifier: Apache-2.0
#include "conformance/engine_suite.h"

#include <algorithm>

namespace landfast::conformance {
namespace json = boost::json;
using namespace std::chrono_literals;

Bench::Bench() : world_(make_engine_world()) {
  if (world_) project_ = world_->prefix();
}

Bench::~Bench() {
  if (!world_) return;
  ContainerFilter ours;
  ours.project = project_;
  if (const auto all = world_->run(engine().containers(ours)))
    for (const auto& c : *all) (void)world_->run(engine().remove_container(c.id, true, true));
  for (const auto& id : networks_) (void)world_->run(engine().remove_network(id));
  const auto volumes = world_->run(engine().volumes());
  for (const auto& v : volumes.value_or(std::vector<VolumeState>{}))
    if (v.name.starts_with(project_ + "-")) (void)world_->run(engine().remove_volume(v.name));
}

json::object Bench::body(const Argv& argv, const std::string& network) {
  json::array entrypoint;
  for (const auto& word : argv) entrypoint.emplace_back(word);
  return {{"Image", world_->image()},
          {"Entrypoint", std::move(entrypoint)},
          {"Cmd", json::array{}},
          {"Labels", {{"com.docker.compose.project", project_}}},
          {"HostConfig", {{"NetworkMode", network}}}};
}

std::string Bench::create(const std::string& what, json::object body) {
  return ok(engine().create_container(name(what), std::move(body), ""));
}

std::string Bench::start(const std::string& what, const Argv& argv) {
  auto id = create(what, argv);
  ok(engine().start_container(id));
  return id;
}

std::string Bench::network(const std::string& what) {
  json::object wanted{{"Name", name(what)},
                      {"CheckDuplicate", true},
                      {"Labels", {{"com.docker.compose.project", project_}}}};
  networks_.push_back(ok(engine().create_network(std::move(wanted))));
  return networks_.back();
}

Container Bench::inspect(const std::string& id) { return ok(engine().container(id)); }

namespace {

Task<void> follow(Engine& engine, std::string project, Signal& subscribed, OnEngineEvent on_event) {
  const auto status = co_await engine.events(std::move(project), &subscribed, std::move(on_event));
  if (!status) FAIL(status.error().text);
}

Task<Done> collect(Engine& engine, std::string project, Task<Status> action, Bench::Enough enough,
                   std::vector<EngineEvent>& events) {
  Signal subscribed;
  OnEngineEvent take = [&](const EngineEvent& event) {
    if (event.type == "container") events.push_back(event);
    return !enough(events);
  };
  TaskGroup group;
  group.spawn(follow(engine, std::move(project), subscribed, std::move(take)));
  co_await subscribed.wait();
  const auto status = co_await action;
  if (!status) FAIL(status.error().text);
  co_await group.join();
  co_return Done{};
}

Task<bool> within(EngineWorld& world, Task<Done> work, std::chrono::nanoseconds limit) {
  const auto winner = co_await race(std::move(work), world.sleep(limit));
  co_return winner.index() == 0;
}

}  // namespace

std::vector<EngineEvent> Bench::watch(Task<Status> action, Enough enough) {
  std::vector<EngineEvent> events;
  auto work = collect(engine(), project_, std::move(action), std::move(enough), events);
  const bool in_time = world_->run(within(*world_, std::move(work), 30s));
  if (!in_time) {
    std::string got;
    for (const auto& action_seen : actions(events)) got += action_seen + ", ";
    FAIL("not seen in 30 s; so far: " << got);
  }
  return events;
}

std::vector<std::string> actions(const std::vector<EngineEvent>& events) {
  std::vector<std::string> found;
  for (const auto& event : events) {
    if (event.action.starts_with("exec_")) continue;
    const auto code = event.attributes.find("exitCode");
    found.push_back(event.action + (code == event.attributes.end() ? "" : " " + code->second));
  }
  return found;
}

Bench::Enough seen(std::string action, int times) {
  return [action = std::move(action), times](const std::vector<EngineEvent>& events) {
    return std::count_if(events.begin(), events.end(),
                         [&](const auto& e) { return e.action == action; }) >= times;
  };
}

}  // namespace landfast::conformance
