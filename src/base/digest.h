// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace landfast {

/// Lower-case hex SHA-256 (64 characters) of the bytes.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// `count` random bytes from the kernel as lower-case hex (2 × count characters).
[[nodiscard]] std::string random_hex(std::size_t count);

}  // namespace landfast
