// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/go_float.h"
#include "compose/node.h"

namespace landfast::compose {

/// Texts and numbers as Go's standard library writes and reads them: what Compose prints, and
/// hashes, is made of them. Named after the Go functions whose results they equal.

/// strconv.ParseInt(s, 0, 64) for base 0, else the given base; no underscores.
[[nodiscard]] std::optional<std::int64_t> parse_int(std::string_view text, int base);
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text, int base);
/// strconv.ParseFloat(s, 64).
[[nodiscard]] std::optional<double> parse_float(std::string_view text);

/// The double that has the shortest decimal text of the 32-bit float.
[[nodiscard]] double widen_float32(double value);

/// fmt.Sprint of a decoded YAML value.
[[nodiscard]] std::string sprint(const Node& value);

/// time.Time of a YAML timestamp in RFC 3339, as encoding/json prints it; nullopt: no timestamp.
[[nodiscard]] std::optional<std::string> rfc3339(std::string_view text);

/// path.Join / path.Clean for slash-separated paths.
[[nodiscard]] std::string clean_path(std::string_view path);
[[nodiscard]] std::string join_path(std::string_view base, std::string_view path);
[[nodiscard]] std::string parent_path(std::string_view path);  ///< filepath.Dir
[[nodiscard]] std::string base_name(std::string_view path);    ///< filepath.Base

}  // namespace landfast::compose
