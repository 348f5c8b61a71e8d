// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

/// Field 22 of a /proc/<pid>/stat text: when the process started, in ticks since boot; "" where the
/// text is none. A process's name may hold spaces and parentheses.
[[nodiscard]] std::string start_time_of(std::string_view stat);

/// When the process with this pid started; "" where there is none.
[[nodiscard]] std::string start_time(std::int64_t pid);

/// The name of a process (`comm`); "" where there is none.
[[nodiscard]] std::string process_name(std::int64_t pid);

/// The arguments of a process, its program first; empty where there is none.
[[nodiscard]] std::vector<std::string> command_line(std::int64_t pid);

/// The kernel's boot id; "" where it cannot be read.
[[nodiscard]] std::string boot_id();

/// Who started this process: under sudo the caller, else the effective user.
[[nodiscard]] std::string acting_user();

/// The pid that holds an flock on this inode, as /proc/locks says.
[[nodiscard]] std::optional<std::int64_t> flock_holder(std::uint64_t inode);
/// The same from a text of /proc/locks.
[[nodiscard]] std::optional<std::int64_t> flock_holder(std::string_view locks, std::uint64_t inode);

}  // namespace landfast
