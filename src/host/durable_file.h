// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace landfast {

/// The bytes of a file, at most `limit` of them; `not_found`, `failed`.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path, std::size_t limit);

/// Makes the folder with mode 0700 where it is absent; its parent must exist.
[[nodiscard]] Status make_private_folder(const std::string& path);

/// Puts a file with these bytes and this mode in the place of `path`: after a crash there is either
/// the old one or the new one, whole. Durable when it returns.
[[nodiscard]] Status write_durably(const std::string& path, std::string_view bytes, mode_t mode);

}  // namespace landfast
