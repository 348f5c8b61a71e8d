// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/endpoint.h"
#include "port/builder.h"

namespace landfast {

/// What a `build` object asks for, as both ways of building need it (Compose Specification, build).
struct BuildPlan {
  std::string context;     ///< absolute folder, or an address that the engine fetches
  std::string dockerfile;  ///< as written, "Dockerfile" where nothing is
  std::string dockerfile_inline;
  std::string target, network, platform;
  std::map<std::string, std::string> args, labels;
  std::vector<std::string> tags, cache_from, cache_to, ssh, extra_hosts, entitlements;
  std::map<std::string, std::string> additional_contexts;
  std::vector<BuildSecret> secrets;
  std::map<std::string, std::string> ulimits;  ///< name → "SOFT:HARD", "NUMBER"
  std::string shm_size, isolation;
  bool no_cache = false, pull = false, privileged = false;
  [[nodiscard]] bool remote() const;
  /// Where the Dockerfile is on disk; "" for an inline one or a remote context.
  [[nodiscard]] std::string dockerfile_path() const;
};

/// Reads the request. `environment` gives the values of arguments that have none of their own.
/// `unsupported` names a key that neither way can do.
[[nodiscard]] Result<BuildPlan> read_build(const BuildRequest& request,
                                           const Environment& environment);

/// The docker CLI's command line and the environment that carries the values of build arguments,
/// which the process table must not show.
struct BuildCommand {
  std::vector<std::string> argv;
  Environment environment;
  std::string input;  ///< an inline Dockerfile
};
/// `buildx`: the CLI has the plugin, which must be told to load the image.
[[nodiscard]] BuildCommand build_command(const BuildPlan& plan, const std::string& docker,
                                         bool buildx, Environment environment);

/// The query of the engine's build endpoint (Engine API, ImageBuild). `dockerfile` is its name
/// within the archive.
[[nodiscard]] std::string build_query(const BuildPlan& plan, const std::string& dockerfile);

/// The keys of this build that the engine's classic builder cannot do, "" where there are none.
[[nodiscard]] std::string beyond_classic(const BuildPlan& plan);

}  // namespace landfast
