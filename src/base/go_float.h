// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace landfast {

/// strconv.FormatFloat(v, 'g', -1, 64 or 32): as Go prints a float, which Compose hashes.
[[nodiscard]] std::string format_float_g(double value, bool bits32);
/// A float as Go's encoding/json writes it.
[[nodiscard]] std::string format_float_json(double value, bool bits32);

}  // namespace landfast
