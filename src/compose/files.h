// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"

namespace landfast {

/// Files as values: what the loader may read. The real one reads the disk, tests use a map.
class Files {
 public:
  Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  virtual ~Files() = default;
  /// The bytes of a regular file. Errors: not_found; invalid where it is too large or no file.
  [[nodiscard]] virtual Result<std::string> read(const std::string& absolute_path) const = 0;
  [[nodiscard]] virtual bool exists(const std::string& absolute_path) const = 0;
  [[nodiscard]] virtual bool is_directory(const std::string& absolute_path) const = 0;
  /// The path with its first symbolic link resolved (Compose does so for develop.watch paths).
  [[nodiscard]] virtual std::string resolve_link(const std::string& absolute_path) const {
    return absolute_path;
  }
};

}  // namespace landfast
