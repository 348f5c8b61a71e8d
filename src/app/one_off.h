// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "app/arguments.h"
#include "base/result.h"
#include "model/project.h"
#include "plan/create_body.h"

namespace landfast {

/// The service as `run` wants it: its command, entrypoint, variables, user, folder and mounts
/// replaced by those of the command line. `invalid` for a bad --volume.
[[nodiscard]] Result<Service> one_off_service(const Service& service, const Arguments& arguments,
                                              const std::map<std::string, std::string>& environment,
                                              const std::string& cwd, bool tty);

/// "imagion-app-run-1a2b3c4d5e6f", as Compose names them.
[[nodiscard]] std::string one_off_name(const Project& project, const Service& service);

}  // namespace landfast
