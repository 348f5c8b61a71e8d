// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace landfast {

/// States of a deployment (docs/decisions/010-journal-of-facts.md): high-water marks of one DAG.
enum class DeploymentState : std::uint8_t {
  planned,
  prepared,
  guarded,
  migrating,
  rolling,
  verifying,
  committed,
  undoing,
  undone,
  stuck
};
[[nodiscard]] std::string_view to_string(DeploymentState state);
[[nodiscard]] std::optional<DeploymentState> deployment_state(std::string_view text);

/// What a release recorded of one service.
struct ReleasedService {
  std::string image_ref;
  std::string image_id;
  std::string config_hash;     ///< Compose's hash of the service
  std::string content_digest;  ///< of the files that it mounts: configs, secrets, bind files
};

/// A committed deployment.
struct Release {
  std::int64_t number = 0;
  std::int64_t deployment = 0;
  std::string created;  ///< RFC 3339 UTC
  std::string user;     ///< who asked
  std::int64_t duration_ms = 0;
  std::string git_revision;
  std::string cause;  ///< the plan's summary in one line
  std::map<std::string, ReleasedService> services;
  std::int64_t origin = 0;    ///< the release that was deployed again, 0 where it was none
  std::string inputs_digest;  ///< SHA-256 of the sealed inputs, "" where there are none
  /// Its data went back to what was set aside by this deployment; 0: today's data stayed.
  std::int64_t data_before = 0;
};

/// "release 7", "release 7 (= 4)".
[[nodiscard]] std::string release_name(const Release& release);

/// One run of a plan, as the journal knows it.
struct Deployment {
  std::int64_t number = 0;
  std::string stack;
  DeploymentState state = DeploymentState::planned;
  std::string started, finished;  ///< RFC 3339 UTC, finished empty while it runs
  std::string user;
  std::string plan_hash;
  std::string error;  ///< one line, empty where it went well
};

/// A one-shot service that ran to its end with exit code 0.
struct OneShotRun {
  std::string service;
  std::string image_id;
  std::string model_hash;  ///< config hash and content digest of the service at that time
  std::int64_t deployment = 0;
  bool migration = false;  ///< it was said to be one: `x-landfast: {migrate: true}`
};

/// A release that took the data back to what `before` had set aside.
struct DataReturn {
  std::int64_t deployment = 0, before = 0;
};

/// The inputs that the stack remembers: from where it is deployed, and with which files.
struct StackInputs {
  std::string name;
  std::string working_dir;
  std::vector<std::string> files;      ///< absolute
  std::vector<std::string> env_files;  ///< absolute
  std::vector<std::string> profiles;
  friend bool operator==(const StackInputs&, const StackInputs&) = default;
};

/// What the journal knows of one stack: the plan's third input.
struct History {
  std::string journal;  ///< id of the journal itself
  std::optional<StackInputs> inputs;
  std::optional<Release> current;  ///< the newest release
  bool closed = false;             ///< the stack was left, or removed whole, since `current`
  std::int64_t next_deployment = 1;
  std::vector<OneShotRun> one_shots;  ///< all of this life of the stack, newest first
  std::vector<DataReturn> returns;    ///< newest first
  std::vector<std::string> volumes;   ///< engine names of volumes that this stack has had
  std::optional<Deployment> unfinished;

  /// Whether the next deployment, or the unfinished one, is the first of this life of the stack.
  [[nodiscard]] bool is_at_first_deployment() const { return !current || closed; }
};

/// The runs whose effect the data had when `deployment` began (by default: has now), newest first:
/// those between a release that took the data back and the deployment before which that data was
/// are gone.
[[nodiscard]] std::vector<OneShotRun> runs_before(const History& history,
                                                  std::int64_t deployment = INT64_MAX);

}  // namespace landfast
