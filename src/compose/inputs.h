// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "compose/dotenv.h"
#include "compose/findings.h"
#include "compose/load.h"

namespace landfast::compose {

/// What a call means once discovery, `.env` files and COMPOSE_* variables are worked out
/// (compose.md 2.3, 2.6, 2.7).
struct Inputs {
  std::vector<std::string> files;  ///< absolute, or "-"
  std::string directory;           ///< the project directory, absolute
  std::vector<std::string> env_files;
  std::vector<std::string> profiles;
  Variables environment;
};

/// Errors go to `findings`; what could be worked out is returned.
[[nodiscard]] Inputs gather_inputs(const LoadRequest& request, const Files& files,
                                   Findings& findings);

/// Reads env files in order into one set of variables; `environment` is asked first.
[[nodiscard]] Variables read_env_files(const std::vector<std::string>& paths,
                                       const Variables& environment, const Files& files,
                                       Findings& findings);

/// The name without what a project name cannot hold; may be empty.
[[nodiscard]] std::string normalised_name(std::string_view name);

[[nodiscard]] Lookup lookup_in(const Variables& variables);

}  // namespace landfast::compose
