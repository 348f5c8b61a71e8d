// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "io/task.h"
#include "port/engine.h"

namespace landfast {

/// Whether a container belongs to one of the services; empty means all. One-off ones only by name.
[[nodiscard]] bool is_wanted(const Container& container, const std::vector<std::string>& services);

/// The stack's containers of these services, by service and number. `invalid` for a service that
/// has none, with the nearest name.
Task<Result<std::vector<Container>>> wanted_containers(Engine& engine, std::string stack,
                                                       std::vector<std::string> services);

/// "app-1" of "imagion-app-1".
[[nodiscard]] std::string short_name(const std::string& stack, const Container& container);

/// The running container of a service with this number. Errors are `invalid`: no such service, no
/// such number, or it does not run.
Task<Result<Container>> running_container(Engine& engine, std::string stack, std::string service,
                                          int number);

}  // namespace landfast
