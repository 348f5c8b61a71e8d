// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "compose/node.h"

namespace landfast::compose {

/// The kind that a scalar of YAML has for go-yaml v3 (neither YAML 1.1 nor 1.2): `022` is 18,
/// `yes` and `1:20` are strings, an unquoted date is a timestamp. Sets kind and value of `node`,
/// whose text is already kept. `tag` is the short tag, "" where there is none.
/// Returns false where the text does not fit an explicit tag.
[[nodiscard]] bool resolve_scalar(Node& node, std::string_view tag, bool quoted);

/// The bytes of a `!!binary`; nullopt: not base64. Line breaks are skipped.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// Whether an unquoted text would be read as a string.
[[nodiscard]] bool is_plain_string(std::string_view text);

}  // namespace landfast::compose
