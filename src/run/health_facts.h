// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "model/world.h"

namespace landfast {

/// What a container's own configuration says about being ready, read from inspect.
struct HealthFacts {
  std::vector<std::string> command;  ///< argv of the health check, empty where there is none
  std::chrono::nanoseconds interval{std::chrono::seconds(30)};
  std::chrono::nanoseconds timeout{std::chrono::seconds(30)};
  std::chrono::nanoseconds start_period{0};
  int retries = 3;
  std::vector<std::uint16_t> ports;  ///< exposed TCP ports, ascending
  bool store = false;                ///< one of them is a database's own

  /// The gate's limit: start_period + retries × (interval + timeout), at least 60 s.
  [[nodiscard]] std::chrono::nanoseconds limit() const;
};

/// Config.Healthcheck (the engine has merged the image's into it) and Config.ExposedPorts.
[[nodiscard]] HealthFacts health_facts(const Container& container);

/// Last output of the engine's own health check, "" where it has not run.
[[nodiscard]] std::string last_health_output(const Container& container);

}  // namespace landfast
