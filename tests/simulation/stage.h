// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fake/fake_builder.h"
#include "fake/fake_deployment_files.h"
#include "fake/fake_edge.h"
#include "fake/fake_engine.h"
#include "fake/fake_host.h"
#include "fake/fake_probe.h"
#include "fake/fake_seal.h"
#include "fake/fake_volumes.h"
#include "fake/memory_journal.h"
#include "model/project.h"
#include "plan/plan.h"
#include "run/run.h"

namespace landfast {

/// A machine on which stacks are deployed in virtual time: the fakes, wired as app/ wires the real
/// ones. Images behave as their FakeImage says.
class Stage {
 public:
  Stage();

  /// An image on the engine; `ready_after` and the rest as in FakeImageBehaviour.
  std::string image(const std::string& reference, FakeImageBehaviour behaviour = {},
                    std::vector<std::string> ports = {}, std::vector<std::string> volumes = {});

  /// The project of a compose file named /srv/<name>/compose.yaml.
  static Project project(std::string_view yaml, const std::string& name = "shop");

  /// Load, recover, observe, plan: what `landfast plan` shows.
  Plan plan(const Project& project, const DeployOptions& options = {});
  /// Tells plans that `service` keeps such data in `volume`, as soon as that is there.
  void keeps(const std::string& service, const std::string& volume, StoreKind kind);
  /// What `landfast deploy` does, to its end.
  RunReport deploy(const Project& project, const DeployOptions& options = {});
  Task<RunReport> deploying(const Project& project, DeployOptions options);
  /// One that is under way and whose end nobody hears: for `kill`.
  [[nodiscard]] std::unique_ptr<TaskGroup> begin_deploy(const Project& project);
  /// Lets it make so many moves; returns whether it has ended.
  [[nodiscard]] bool go_on(const TaskGroup& deployer, int moves);
  /// SIGKILL: what the deployer still asks of the engine, an edge or the disk is a violation.
  void kill(std::unique_ptr<TaskGroup> deployer);
  /// From now on deployers have watchers, which wake `delay` after the death of theirs.
  void have_watchers(std::chrono::nanoseconds delay);
  /// What `landfast recover` does.
  void recover(const std::string& stack = "shop");

  /// "shop-app-1 running app:2 always", one a line by name: what a person sees.
  [[nodiscard]] std::string containers() const;
  [[nodiscard]] World world(const std::string& stack = "shop");

  SimulatedClock clock;
  FakeEngine engine;
  FakeProbe probe;
  FakeBuilder builder;
  MemoryJournal journal;
  FakeHost host;
  FakeSeal seal;
  FakeDeploymentFiles files;
  FakeVolumes volumes;
  FakeEdge edge;
  Ports ports;
  /// What the stack's services keep, where it is not to be detected; told to each plan.
  std::function<void(World&)> know_stores;
  std::vector<std::string> told;  ///< events as "step_done app/1:start"
  Signal* stop = nullptr;

 private:
  TaskGroup watchers_;  // goes first: it uses all of the above
};

}  // namespace landfast
