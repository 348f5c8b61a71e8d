// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace landfast {

/// Whether a path is the folder itself or something below it; both absolute and in normal form.
[[nodiscard]] bool is_inside(std::string_view path, std::string_view folder);

}  // namespace landfast
