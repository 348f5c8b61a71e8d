// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "app/surroundings.h"
#include "base/result.h"

namespace landfast {

/// Goes on as root where the state is root's: returns at once for root, for LANDFAST_STATE_DIR and
/// for a rootless engine of this user (its socket is theirs); else replaces this process by
/// `sudo -n landfast …`. Where sudo would ask or refuse: `invalid`, with the line to type.
[[nodiscard]] Status become_root(const Surroundings& around, const std::string& socket_path,
                                 const std::vector<std::string>& arguments);

/// True where this user owns the engine's socket and is not root.
[[nodiscard]] bool is_rootless_engine(const std::string& socket_path);

/// This program, for running it again; also where its file has been replaced since.
[[nodiscard]] std::string own_path();

/// A command line as a shell takes it, each word quoted where it has to be.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace landfast
