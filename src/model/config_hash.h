// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "model/project.h"

namespace landfast {

/// What Compose 2.40 writes as com.docker.compose.config-hash: lower-case hex SHA-256 of the
/// compact JSON of a service. `containers` gives, per service, the id that stands for `service:x`
/// in network_mode, ipc, pid and volumes_from; a service that is not in it stays as written.
[[nodiscard]] std::string service_hash(const Canonical& service,
                                       const std::map<std::string, std::string>& containers = {});
[[nodiscard]] std::string network_hash(const Network& network);
[[nodiscard]] std::string volume_hash(const Volume& volume);

}  // namespace landfast
