// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace landfast {

/// Whether a symbolic link as the last part of a path may be followed.
enum class Links : std::uint8_t { follow, refuse };

/// The bytes of a regular file. Errors: `not_found`; `invalid` (larger than `limit` bytes, not a
/// regular file, a link where links are refused); `failed` (no permission, read error).
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit,
                                            Links links = Links::follow);

/// Replaces the file at once and durably: a temporary file beside it, fsync, rename, fsync of the
/// folder. After a crash there is the old content or the new one, never a part. The file has
/// exactly `mode`.
[[nodiscard]] Status write_file(const std::string& path, std::string_view bytes, mode_t mode);

/// Makes a file that is not there yet, durably. Errors: `conflict` where something has that name.
[[nodiscard]] Status create_file(const std::string& path, std::string_view bytes, mode_t mode);

/// fsync of a folder, so that names made or removed in it last.
[[nodiscard]] Status sync_folder(const std::string& path);

}  // namespace landfast
