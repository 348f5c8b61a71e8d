// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/task.h"
#include "port/host.h"

namespace landfast {

class Loop;

/// Fails with `invalid` unless the name is one that Compose allows: [a-z0-9][a-z0-9_-]*. Such a
/// name is safe as a file's name.
[[nodiscard]] Status valid_stack_name(std::string_view stack);

/// The owner as the text of a lock file, and back; nullopt where the text is none.
[[nodiscard]] std::string owner_text(const LockOwner& owner);
[[nodiscard]] std::optional<LockOwner> owner_of(std::string_view text);

/// "deploy by anna (pid 812) since 02:10:14 UTC".
[[nodiscard]] std::string describe(const LockOwner& owner);

/// Takes the flock on `<folder>/<stack>.lock` at once, or fails with `locked` naming the owner. The
/// file stays for ever: it is never unlinked, so that all agree on one inode.
[[nodiscard]] Result<std::unique_ptr<StackLock>> take_stack_lock(const std::string& folder,
                                                                 const std::string& stack,
                                                                 const LockOwner& me);

/// Takes it as soon as it is free, in the order of asking; a frame that is dropped stops waiting.
Task<Result<std::unique_ptr<StackLock>>> wait_for_stack_lock(Loop& loop, std::string folder,
                                                             std::string stack, LockOwner me);

}  // namespace landfast
