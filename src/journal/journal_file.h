// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"

namespace landfast::journal {

/// Makes an empty file with mode 0600 where there is none, durably; else proves that it is a
/// regular file of this user that nobody else can write.
Status prepare_file(const std::string& path);

/// True when the last writer may have been cut off: a rollback journal with content is there, or
/// the machine has started anew since the file was last checked.
[[nodiscard]] bool needs_check(const std::string& path, const std::string& boot_id);

/// Remembers that the file was good in this boot. Best effort: without it the next open checks
/// again.
void mark_checked(const std::string& path, const std::string& boot_id);

/// The kernel's boot id; "" where it cannot be read.
[[nodiscard]] std::string boot_id();

}  // namespace landfast::journal
