// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace landfast {

/// The first thing in a Dockerfile that only BuildKit can do.
struct BuildkitNeed {
  int line = 0;             ///< 1-based
  std::string source_line;  ///< that line
  std::string what;         ///< "RUN --mount", "a here-document"
};

/// Nothing where the engine's classic builder understands the Dockerfile. Knows RUN --mount,
/// --network, --security; COPY and ADD --link, --chmod, --parents, --exclude, --checksum,
/// --keep-git-dir; here-documents; the platform arguments in FROM; a foreign syntax directive.
[[nodiscard]] std::optional<BuildkitNeed> needs_buildkit(std::string_view dockerfile);

}  // namespace landfast
