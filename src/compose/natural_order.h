// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace landfast::compose {

/// The order of mapping keys in the YAML that go-yaml v3 writes: numbers in names by value,
/// letters after other signs.
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b);

}  // namespace landfast::compose
