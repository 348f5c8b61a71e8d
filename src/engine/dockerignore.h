// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace landfast {

/// The patterns of a .dockerignore file (Docker's build documentation, ".dockerignore files").
class Dockerignore {
 public:
  explicit Dockerignore(std::string_view text);
  /// True where the path (relative, with slashes) or a folder above it is left out; the last
  /// pattern that matches decides, `!` brings back.
  [[nodiscard]] bool ignores(std::string_view path) const;
  /// True where something below an ignored folder may be brought back.
  [[nodiscard]] bool has_exceptions() const { return exceptions_; }

 private:
  struct Pattern {
    std::string glob;
    bool exception = false;
  };
  std::vector<Pattern> patterns_;
  bool exceptions_ = false;
};

/// Go's filepath.Match with `**` for any number of folders. A path with more than 4096 characters
/// matches nothing.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view path);

}  // namespace landfast
