// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "compose/findings.h"
#include "compose/interpolate.h"
#include "compose/node.h"

namespace landfast::compose {

/// Turns short forms into long ones (compose.md 0.k). With `lenient` a text that cannot be parsed
/// stays, because it may hold variables that are not replaced.
void to_long_form(Arena& arena, Findings& findings, Node& root, bool lenient);

/// Defaults of attributes that are there: build.context, port protocol and mode, secret targets.
void set_defaults(Arena& arena, Node& root);

/// Rules that the schema cannot say: external with other keys, file or content, addresses.
void check_semantics(Findings& findings, const Node& root);

/// What relative paths are resolved against, and `~`.
struct PathBase {
  std::string directory;  ///< absolute
  std::string home;       ///< empty: `~` stays
  std::string (*resolve_link)(const void* files, const std::string& path) = nullptr;
  const void* files = nullptr;
};
void resolve_paths(Arena& arena, Node& root, const PathBase& base);
[[nodiscard]] std::string expand_user(std::string_view path, std::string_view home);

/// Gives `- VAR` items of environment, and secrets and configs from the environment, their values.
void resolve_variables(Arena& arena, Node& root, const Variables& environment);

/// Implicit values (compose.md 0.4): the default network, dockerfile, implied dependencies, names.
void normalise(Arena& arena, Node& root, std::string_view project, const Variables& environment);

/// The key under which a secret keeps the value of its variable; never shown.
inline constexpr std::string_view secret_value_key = "x-#value";

}  // namespace landfast::compose
