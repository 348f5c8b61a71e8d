// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "model/world.h"
#include "run/run.h"

namespace landfast {

struct ReadyRequest {
  std::string container;  ///< id
  std::string name;       ///< for texts
  /// The file's policy where the engine's is still `no`: played here until the gate's limit.
  RestartPolicy play;
  std::optional<std::chrono::nanoseconds> timeout;  ///< nullopt: from the health check, ≥ 60 s
  Signal* stop = nullptr;
  std::function<void(const std::string&)> waiting;  ///< told what is being waited for
};

struct Ready {
  std::string how;      ///< "healthy", "listening on 8080", "up for 1 s", "ended with exit code 0"
  std::string warning;  ///< empty where there is none
  bool ended = false;   ///< it ran to its end instead of staying up
};

/// Returns once the container is ready (docs/guide.md, When is a service ready). The error carries
/// the last health output and the last log lines in `trace`.
Task<Result<Ready>> await_ready(const Ports& ports, ReadyRequest request);

/// Waits for the end of a one-shot; an exit code other than 0 is an error with its last log lines.
Task<Result<Ready>> await_exit(const Ports& ports, ReadyRequest request);

}  // namespace landfast
