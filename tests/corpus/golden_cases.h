// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compose/load.h"

namespace landfast::test {

/// One folder of tests/golden/compose: a call, and what the real Compose answered.
struct GoldenCase {
  std::string name;
  std::filesystem::path folder;
  LoadRequest request;
  std::optional<std::string> json, yaml;  ///< nullopt: Compose rejects the case
};

/// All cases, by name, with @ROOT@ replaced by the folder that holds them.
[[nodiscard]] std::vector<GoldenCase> golden_cases();

/// The whole text of a file, "" where it is not there.
[[nodiscard]] std::string text_of(const std::filesystem::path& path);

/// `text` with every `from` replaced.
[[nodiscard]] std::string replaced(std::string text, const std::string& from,
                                   const std::string& to);

}  // namespace landfast::test
