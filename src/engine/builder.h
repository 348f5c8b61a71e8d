// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/build_arguments.h"
#include "engine/credentials.h"
#include "engine/docker.h"
#include "port/builder.h"

namespace landfast {

/// A docker CLI that can drive the engine's BuildKit.
struct BuildkitCli {
  std::string program;
  bool buildx = false;  ///< through the plugin; else built in (CLI 18.09 to 22)
};

/// True where `docker --version`'s answer is of a CLI with BuildKit built in.
[[nodiscard]] bool has_builtin_buildkit(const std::string& version_line);

/// The Builder port: a docker CLI's BuildKit as a subprocess; where there is none the engine's
/// build endpoint with its classic builder.
class DockerBuilder final : public Builder {
 public:
  DockerBuilder(Loop& loop, DockerEndpoint endpoint, CredentialsSource credentials,
                Environment environment);
  Task<Status> check(BuildRequest request) override;
  Task<Status> build(BuildRequest request, OnImageProgress progress) override;

 private:
  Task<std::optional<BuildkitCli>> find_cli();
  Task<Status> build_by_cli(BuildkitCli cli, BuildPlan plan, std::string service,
                            OnImageProgress progress);
  Task<Status> build_by_engine(BuildPlan plan, std::string service, OnImageProgress progress);
  Task<Result<Secret>> registry_config();
  [[nodiscard]] Environment cli_environment() const;
  Loop& loop_;
  DockerApi api_;
  CredentialsSource credentials_;
  Environment environment_;
  std::optional<std::optional<BuildkitCli>> cli_;  // once looked for
};

[[nodiscard]] std::unique_ptr<Builder> make_docker_builder(Loop& loop, DockerEndpoint endpoint,
                                                           CredentialsSource credentials);

}  // namespace landfast
