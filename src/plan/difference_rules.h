// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

// Which facts of a container prove nothing about its file.
namespace landfast::facts {

/// Facts that defaults of the engine's own configuration may have given (default-ulimits,
/// log-opts, default-ipc-mode …): their mere presence shows no change of the file.
[[nodiscard]] bool is_ambient(std::string_view path);
/// Facts that the image of the container may have given.
[[nodiscard]] bool may_be_of_image(std::string_view path);
/// What an equal config hash does not vouch for.
[[nodiscard]] bool beyond_hash(std::string_view path);

}  // namespace landfast::facts
