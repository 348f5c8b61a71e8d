// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"
#include "compose/files.h"

namespace landfast {

/// The disk as the loader sees it: regular files up to a bound, nothing that can block.
class DiskFiles final : public Files {
 public:
  static constexpr std::size_t default_limit = std::size_t{16} << 20;  ///< bytes
  explicit DiskFiles(std::size_t limit = default_limit) : limit_(limit) {}
  /// Errors: `not_found`; `invalid` where it cannot be read, is too large or no regular file.
  [[nodiscard]] Result<std::string> read(const std::string& absolute_path) const override;
  [[nodiscard]] bool exists(const std::string& absolute_path) const override;
  [[nodiscard]] bool is_directory(const std::string& absolute_path) const override;
  [[nodiscard]] std::string resolve_link(const std::string& absolute_path) const override;

 private:
  std::size_t limit_;
};

/// Standard input to its end; `invalid` above `limit` bytes.
[[nodiscard]] Result<std::string> read_standard_input(std::size_t limit);

/// The commit that the git work tree around `folder` has checked out, read from .git without git;
/// "" where there is none.
[[nodiscard]] std::string git_revision(const std::string& folder, const Files& files);

}  // namespace landfast
