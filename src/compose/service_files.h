// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "compose/files.h"
#include "compose/findings.h"
#include "compose/interpolate.h"
#include "compose/node.h"

namespace landfast::compose {

/// Reads the env files of a service into its `environment` and takes `env_file` away
/// (compose.md 2.3: a later file wins, `environment` wins over all, null too).
void read_env_files_of(Arena& arena, Findings& findings, Node& service, std::string_view name,
                       const Variables& environment, const Files& files);

/// The same for `label_file` and `labels`.
void read_label_files_of(Arena& arena, Findings& findings, Node& service, std::string_view name,
                         const Files& files);

}  // namespace landfast::compose
