// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compose/files.h"
#include "model/project.h"

namespace landfast {

/// What a call asks the loader for; everything that it may know of the outside.
struct LoadRequest {
  std::string cwd;                                 ///< absolute
  std::string home;                                ///< for `~`; empty: `~` stays
  std::vector<std::string> files;                  ///< -f, in order; "-" is stdin; empty: discovery
  std::string project_directory;                   ///< --project-directory, empty where not given
  std::vector<std::string> env_files;              ///< --env-file, in order
  std::optional<std::string> project_name;         ///< -p
  std::vector<std::string> profiles;               ///< --profile
  std::vector<std::string> services;               ///< named on the command line
  std::map<std::string, std::string> environment;  ///< of the process
  std::string standard_input;                      ///< what `-f -` reads
  bool interpolate = true;
  bool normalise = true;
  bool resolve_paths = true;
  bool check_consistency = true;
  bool resolve_environment = true;  ///< read env_file into environment
  bool all_resources = false;       ///< keep networks, volumes, … that no service uses
};

/// Reads, merges and checks the compose files of a call (Compose Specification; compose-differences
/// in docs/). Errors are `invalid` (or not_found where no file is); `more` holds the further ones.
[[nodiscard]] Result<Project> load(const LoadRequest& request, const Files& files);

/// Reads the content of `configs` and `secrets` that stand in files, and the digests of
/// bind-mounted regular files up to 1 MiB. Only a missing config or secret file is an error.
[[nodiscard]] Status attach_content(Project& project, const Files& files);
/// The same with the content of configs and secrets from `objects`, bind-mounted files in `mounts`.
[[nodiscard]] Status attach_content(Project& project, const Files& objects, const Files& mounts);

}  // namespace landfast
