// SPDX-License-Identifier: Apache-2.0
#include "plan/difference_rules.h"

namespace landfast::facts {

bool is_ambient(std::string_view path) {
  return path.starts_with("logging.") || path.starts_with("ulimits.") || path == "ipc" ||
         path == "cgroup" || path == "runtime" || path == "shm_size" || path == "mac_address";
}

bool may_be_of_image(std::string_view path) {
  return path.starts_with("environment.") || path.starts_with("labels.") ||
         path.starts_with("healthcheck.") || path.starts_with("volumes[") || path == "expose" ||
         path == "command" || path == "entrypoint" || path == "user" || path == "working_dir" ||
         path == "stop_signal";
}

namespace {

/// What `docker update` changes in a container that is there.
bool may_be_updated(std::string_view path) {
  return path == "mem_limit" || path == "mem_reservation" || path == "memswap_limit" ||
         path == "pids_limit" || path == "blkio_config.weight" || path.starts_with("cpu");
}

}  // namespace

bool beyond_hash(std::string_view path) {
  return may_be_updated(path) || path.starts_with("volumes[") || path.starts_with("networks.") ||
         path == "network_mode" || path == "ipc" || path == "pid" || path == "volumes_from";
}

}  // namespace landfast::facts
