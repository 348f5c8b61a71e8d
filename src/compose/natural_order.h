// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace landfast::compose {

/// The order of mapping keys in the YAML that go-yaml v3 writes: numbers in names by value,
/// letters after other signs. As there, numbers of more than 18 digits wrap around, and then this
/// is no order: only for algorithms that end with any answers (std::stable_sort, not std::sort or a
/// map).
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b);

}  // namespace landfast::compose
