// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "io/task.h"
#include "model/history.h"
#include "model/project.h"
#include "model/world.h"
#include "plan/event.h"
#include "plan/plan.h"
#include "port/builder.h"
#include "port/clock.h"
#include "port/deployment_files.h"
#include "port/edge.h"
#include "port/engine.h"
#include "port/host.h"
#include "port/journal.h"
#include "port/probe.h"
#include "port/seal.h"
#include "port/volumes.h"

namespace landfast {

/// Everything that a run may touch.
struct Ports {
  Engine& engine;
  Probe& probe;
  Builder& builder;
  Journal& journal;
  Host& host;
  Clock& clock;
  Seal& seal;
  DeploymentFiles& files;
  Volumes& volumes;
  Edge& edge;
};

/// What is there now, as far as a plan for `project` (nullptr: whatever the stack has) needs it.
Task<Result<World>> observe(const Ports& ports, std::string stack, const Project* project);

struct RunRequest {
  const Project& project;
  const World& world;
  const Plan& plan;
  StackInputs inputs;  ///< remembered at the commit
  std::string user;    ///< who asked
  std::string git_revision;
  std::optional<std::chrono::nanoseconds> timeout;  ///< --timeout: limit of each gate
  /// Reference → image id that it named before this call pulled or built anew; an undo puts it
  /// back.
  std::map<std::string, std::string> moved_tags;
  /// Reference → image id that it must name before a container is created: a rollback's images.
  std::map<std::string, std::string> wanted_tags;
  Secret record;            ///< the inputs of this release, to be sealed; empty: none are kept
  std::int64_t origin = 0;  ///< the release that is deployed again
  bool adopts = false;      ///< record as the release what runs, not what the project says
  Signal* stop = nullptr;   ///< set by Ctrl-C: finish what must not be cut, then undo
};

/// Runs a deploy's plan to its commit, or undoes what it did. The lock is the caller's.
/// Every step's intent is journaled before it and its outcome after it.
Task<RunReport> run_deployment(const Ports& ports, const RunRequest& request, OnEvent on_event);

/// Runs the plan of stop, start, restart or down, made of `world`: no release, no undo; stops at
/// the first error.
Task<RunReport> run_verb(const Ports& ports, const Project* project, const World& world,
                         const Plan& plan, OnEvent on_event);

/// Finishes or undoes the stack's unfinished deployment, by asking the engine what is true.
/// Returns nullopt where there is none; the newest release is then finished (finish_release). The
/// lock is the caller's.
Task<Result<std::optional<RunReport>>> recover(const Ports& ports, std::string stack,
                                               OnEvent on_event);

/// Removes what a deployer that was killed behind its commit record left of the release before, and
/// sees to it that what is set aside is held. The lock is the caller's.
Task<Status> finish_release(const Ports& ports, std::string stack, OnEvent on_event);

}  // namespace landfast
