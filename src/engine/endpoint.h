// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/transport.h"

namespace landfast {

/// The engine to talk to, and who said so.
struct DockerEndpoint {
  SocketAddress address;
  std::string chosen_by;  ///< "DOCKER_HOST", "context NAME", "the default"
};

using Environment = std::map<std::string, std::string>;
/// The bytes of a file; `not_found` where there is none.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// The endpoint as the docker CLI chooses it: DOCKER_HOST (with DOCKER_TLS_VERIFY, DOCKER_TLS,
/// DOCKER_CERT_PATH), else DOCKER_CONTEXT, else `currentContext` of config.json, else
/// /var/run/docker.sock. `config_dir` is docker's own folder (~/.docker).
/// Errors: `invalid` (bad host, unknown context), `unsupported` (ssh://, npipe://, fd://).
[[nodiscard]] Result<DockerEndpoint> choose_endpoint(const Environment& environment,
                                                     const std::string& config_dir,
                                                     const ReadFile& read);

/// One DOCKER_HOST value: unix://PATH, tcp://HOST[:PORT], http(s)://HOST[:PORT]; where no port is
/// written 2375, with TLS 2376.
[[nodiscard]] Result<SocketAddress> parse_docker_host(const std::string& host, bool tls);

/// This process's environment.
[[nodiscard]] Environment process_environment();

/// Docker's folder of the person at the keyboard: DOCKER_CONFIG, else ~/.docker; under sudo that
/// of SUDO_USER, if root has none of its own set.
struct CallerHome {
  std::string home;
  std::string docker_config;
  std::string user;  ///< the caller's name under sudo, "" where it is this process's own user
};
[[nodiscard]] CallerHome caller_home(const Environment& environment);

}  // namespace landfast
