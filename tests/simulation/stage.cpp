// SPDX-License-Identifier: Apache-2.0
#include "simulation/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "compose/load.h"
#include "plan/edge_body.h"
#include "plan/names.h"
#include "run/make_plan.h"
#include "run/watcher.h"

namespace landfast {
namespace {

constexpr std::array<std::string_view, 10> event_names{
    "deployment_started", "state_changed", "step_started", "step_progress", "step_waiting",
    "step_done",          "step_failed",   "notice",       "undo_started",  "deployment_done"};

constexpr std::array<std::string_view, 7> status_names{
    "created", "running", "paused", "restarting", "removing", "exited", "dead"};

/// One file at one place.
class OneFile : public Files {
 public:
  OneFile(std::string path, std::string bytes) : path_(std::move(path)), bytes_(std::move(bytes)) {}
  Result<std::string> read(const std::string& path) const override {
    if (path != path_) return fail(Code::not_found, "there is no file " + path);
    return bytes_;
  }
  bool exists(const std::string& path) const override { return path == path_; }
  bool is_directory(const std::string& path) const override {
    return path_.starts_with(path + "/");
  }

 private:
  std::string path_, bytes_;
};

Project must(Result<Project> project) {
  if (!project) throw std::runtime_error("load: " + project.error().text);
  return std::move(*project);
}

boost::json::object keys(const std::vector<std::string>& names) {
  boost::json::object o;
  for (const auto& n : names) o[n] = boost::json::object();
  return o;
}

}  // namespace

Stage::Stage()
    : engine(clock),
      probe(clock, engine.daemon),
      builder(clock, engine.daemon),
      journal(clock),
      host(clock),
      volumes(clock, engine.daemon),
      edge(clock, engine.daemon),
      ports{engine, probe, builder, journal, host, clock, seal, files, volumes, edge} {
  journal.cost = std::chrono::milliseconds(1);
  image(edge_image);
}

std::string Stage::image(const std::string& reference, FakeImageBehaviour behaviour,
                         std::vector<std::string> exposed, std::vector<std::string> own_volumes) {
  FakeImage image;
  image.behaviour = std::move(behaviour);
  if (!exposed.empty()) image.config["ExposedPorts"] = keys(exposed);
  if (!own_volumes.empty()) image.config["Volumes"] = keys(own_volumes);
  return engine.daemon.load(reference, std::move(image));
}

Project Stage::project(std::string_view yaml, const std::string& name) {
  LoadRequest request;
  request.cwd = "/srv/" + name;
  const OneFile files(request.cwd + "/compose.yaml", std::string(yaml));
  return must(load(request, files));
}

World Stage::world(const std::string& stack) {
  auto world = clock.run(observe(ports, stack, nullptr));
  if (!world) throw std::runtime_error("observe: " + world.error().text);
  return std::move(*world);
}

void Stage::keeps(const std::string& service, const std::string& name, StoreKind kind) {
  know_stores = [this, before = know_stores, service, name, kind](World& world) {
    if (before) before(world);
    const auto path = FakeVolumes::path_of(name);
    if (!volumes.identity(path)) return;
    Store store;
    store.kind = kind;
    store.service = service;
    store.volume = name;
    store.path = path;
    store.empty = volumes.tree(path).empty();
    std::erase_if(world.stores, [&](const Store& s) { return s.volume == name; });
    world.stores.push_back(std::move(store));
  };
}

Plan Stage::plan(const Project& project, const DeployOptions& options) {
  auto world = clock.run(observe(ports, project.name, &project));
  if (!world) throw std::runtime_error("observe: " + world.error().text);
  if (know_stores) know_stores(*world);
  auto history = clock.run(journal.history(project.name));
  auto plan = clock.run(make_plan(ports, project, *world, *history, options));
  if (!plan) throw std::runtime_error("plan: " + plan.error().text);
  return std::move(*plan);
}

Task<RunReport> Stage::deploying(const Project& project, DeployOptions options) {
  OnEvent on_event = [this](const Event& e) {
    auto line = std::string(event_names.at(static_cast<std::size_t>(e.kind)));
    if (e.step != nullptr) line += " " + e.step->id;
    if (e.error != nullptr) line += ": " + e.error->text;
    told.push_back(std::move(line));
  };
  RunReport failed;
  failed.state = DeploymentState::planned;
  auto me = host.self("deploy");
  const auto lock = co_await host.lock_when_free(project.name, std::move(me));
  auto recovered = co_await landfast::recover(ports, project.name, on_event);
  if (!recovered) {
    failed.error = recovered.error();
    co_return failed;
  }
  if (*recovered && (*recovered)->state == DeploymentState::stuck) co_return std::move(**recovered);
  if (!*recovered) {
    auto finished = co_await finish_release(ports, project.name, on_event);
    if (!finished) {
      failed.error = std::move(finished).error();
      co_return failed;
    }
  }
  auto world = co_await observe(ports, project.name, &project);
  auto history = co_await ports.journal.history(project.name);
  if (!world || !history) {
    failed.error = world ? history.error() : world.error();
    co_return failed;
  }
  if (know_stores) know_stores(*world);
  auto planned = co_await make_plan(ports, project, *world, *history, options);
  if (!planned) {
    failed.error = planned.error();
    co_return failed;
  }
  if (planned->empty()) co_return RunReport{};
  StackInputs inputs;
  inputs.name = project.name;
  inputs.working_dir = project.working_dir;
  RunRequest request{.project = project, .world = *world, .plan = *planned, .inputs = inputs};
  request.record = Secret("inputs of " + project.name);
  request.stop = stop;
  co_return co_await run_deployment(ports, request, on_event);
}

RunReport Stage::deploy(const Project& project, const DeployOptions& options) {
  return clock.run(deploying(project, options));
}

std::unique_ptr<TaskGroup> Stage::begin_deploy(const Project& project) {
  const auto forget = [](Task<RunReport> task) -> Task<void> {
    const auto report = co_await task;
    static_cast<void>(report);  // it is killed
  };
  auto deployer = std::make_unique<TaskGroup>();
  deployer->spawn(forget(deploying(project, DeployOptions{})));
  return deployer;
}

bool Stage::go_on(const TaskGroup& deployer, int moves) {
  for (int n = 0; n < moves && deployer.live() > 0; ++n) clock.advance_to_next();
  return deployer.live() == 0;
}

void Stage::kill(std::unique_ptr<TaskGroup> deployer) {
  engine.freeze();
  volumes.freeze();
  edge.freeze();
  deployer.reset();
  engine.thaw();
  volumes.thaw();
  edge.thaw();
}

void Stage::recover(const std::string& stack) {
  const auto lock = clock.run(host.lock_when_free(stack, host.self("recover")));
  auto report = clock.run(landfast::recover(ports, stack, [](const Event&) {}));
  if (!report) throw std::runtime_error("recover: " + report.error().text);
  if (*report && (*report)->state == DeploymentState::stuck && (*report)->error)
    for (const auto* e = &*(*report)->error; e != nullptr; e = e->cause.get())
      told.push_back("recover: " + e->text);
  auto finished = clock.run(finish_release(ports, stack, [](const Event&) {}));
  if (!finished) throw std::runtime_error("finish: " + finished.error().text);
}

void Stage::have_watchers(std::chrono::nanoseconds delay) {
  host.on_orphaned([this, delay](const std::string& stack) {
    clock.after(delay, [this, stack] {
      const auto watch = [](const Ports& p, std::string s) -> Task<void> {
        const auto status = co_await watch_over(p, std::move(s));
        static_cast<void>(status);  // a real one has nobody to tell either
      };
      watchers_.spawn(watch(ports, stack));
    });
  });
}

std::string Stage::containers() const {
  auto list = engine.daemon.list(ContainerFilter{});
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string text;
  for (const auto& c : list)
    if (c.label(label::role).empty())
      text +=
          fmt::format("{} {} {}{}{}\n", c.name, status_names.at(static_cast<std::size_t>(c.status)),
                      c.image_ref, c.restart_policy.name.empty() ? "" : " ", c.restart_policy.name);
  return text;
}

}  // namespace landfast
