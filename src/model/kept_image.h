// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace landfast {

/// The tag that keeps a release's image of a service: "landfast/<stack>/<service>:<release>". Names
/// that a repository cannot have are replaced by what is left of them and a digest.
[[nodiscard]] std::string kept_image_name(const std::string& stack, const std::string& service,
                                          std::int64_t release);

}  // namespace landfast
