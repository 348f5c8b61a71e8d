// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "host/local_host.h"

namespace landfast {

/// What a dismissed watcher reads on its standard input; the end of it instead means that the
/// deployer is gone.
inline constexpr char watcher_dismissed = '.';

/// Starts the watcher of `stack`, which waits on its standard input. Without a command: one that
/// does nothing.
[[nodiscard]] Result<std::unique_ptr<Watcher>> start_watcher_process(const WatcherCommand& command,
                                                                     const std::string& stack);

/// In the watcher: returns true once the deployer is gone without having dismissed it; false where
/// it was dismissed. Blocks.
[[nodiscard]] bool deployer_is_gone(int input);

}  // namespace landfast
