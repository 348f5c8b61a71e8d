// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "app/call.h"

namespace landfast {

/// "v2.11.4 h1:…" → "2.11.4"; "" where there is no version.
[[nodiscard]] std::string version_in(const std::string& text);
/// Whether a version of Caddy can read files for each request: 2.8 and newer.
[[nodiscard]] bool can_switch_by_files(const std::string& version);
/// The absolute paths of the libraries in what `ldd` says.
[[nodiscard]] std::vector<std::string> libraries_in(const std::string& ldd);

/// Makes the image `reference` for an edge: of `program`, a Caddy on this host, with the libraries
/// that it names and the authorities that this host believes; "": pulls the official image of
/// `version`, or takes the caddy in PATH where no registry answers. Returns where it came from.
Task<Result<std::string>> make_edge_image(Call call, std::string program, std::string reference,
                                          std::string version);

}  // namespace landfast
