// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/http_client.h"
#include "io/tar.h"

namespace landfast {

/// A build context on its way to the engine: the folder's files but those that .dockerignore
/// leaves out, as a tar archive, owned by root as the docker CLI sends it.
struct BuildContext {
  struct Member {
    std::string path;  ///< on disk
    TarEntry entry;
  };
  std::vector<Member> members;                             ///< sorted by name
  std::vector<std::pair<std::string, std::string>> extra;  ///< name and content
  std::uint64_t bytes = 0;                                 ///< of the files
};

/// Lists the folder. `keep` names files that are sent even if ignored (the Dockerfile).
/// Errors: `not_found` (no such folder), `failed` (unreadable), `invalid` (over 1,000,000 files).
[[nodiscard]] Result<BuildContext> list_context(const std::string& folder,
                                                const std::string& dockerignore,
                                                const std::vector<std::string>& keep);

/// The archive, read piece by piece while it is sent.
[[nodiscard]] BodySource context_archive(BuildContext context);

}  // namespace landfast
