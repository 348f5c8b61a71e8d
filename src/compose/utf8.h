// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace landfast::compose {

[[nodiscard]] bool is_utf8(std::string_view text);
/// Every byte that is no UTF-8 as U+FFFD, as Go's JSON writes it.
[[nodiscard]] std::string to_utf8(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

}  // namespace landfast::compose
