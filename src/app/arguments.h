// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compose/config_output.h"

namespace landfast {

enum class Command : std::uint8_t {
  deploy,
  update,
  plan,
  status,
  logs,
  exec,
  run,
  restart,
  rollback,
  stop,
  start,
  down,
  config,
  history,
  recover,
  verify,
  schema,
  init,
  adopt,
  leave,
  volumes,
  migrate,
  route,
  cert,
  edge,
  export_proxy,
  version,
  watcher  ///< hidden: what Host::start_watcher starts
};

/// What a command line says, decoded and checked; nothing of it was looked up yet.
struct Arguments {
  Command command = Command::deploy;

  // Which stack.
  std::vector<std::string> files, env_files, profiles;
  std::optional<std::string> project;
  std::string project_directory;

  // How to talk and to ask.
  bool json = false;
  bool quiet = false;
  bool yes = false;
  std::string plan_hash;  ///< --plan HASH: only this plan may run
  bool queue = false;     ///< wait for the other deployer
  bool all = false;       ///< recover, adopt: every stack
  std::optional<std::chrono::nanoseconds> timeout;

  std::vector<std::string> services;
  std::vector<std::string> stacks;  ///< adopt NAME…

  // deploy, update, plan, run
  bool build = false, pull = false, force_recreate = false, no_deps = false;
  bool remove_orphans = false;
  std::map<std::string, std::string> images;  ///< service → reference
  std::vector<std::string> new_volumes;

  // rollback, history
  std::int64_t release = 0;  ///< 0: not named
  bool keep_data = false, data = false;

  // logs
  std::int64_t deployment = 0;  ///< saved logs of that deployment; 0: what the engine has
  bool follow = false, timestamps = false;
  std::string tail = "all", since, until;

  // exec, run: services[0] is the service
  std::vector<std::string> words;  ///< the command; cert, edge, export: what follows
  bool no_tty = false, privileged = false, keep = false;
  int index = 1;
  std::vector<std::string> environment, volumes;
  std::string user, working_dir;
  std::optional<std::string> entrypoint;

  // volumes rm NAME…
  std::vector<std::string> volumes_to_remove;

  // config
  ConfigForm form = ConfigForm::yaml;
  std::vector<std::string> hash_services;
  bool interpolate = true, normalise = true, resolve_paths = true, check_consistency = true;
  bool resolve_environment = true;
  std::string output;  ///< -o FILE
};

}  // namespace landfast
