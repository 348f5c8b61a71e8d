// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>

#include "compose/load.h"

namespace landfast::test {

/// Files of a test: a map of absolute paths to texts.
class MapFiles : public Files {
 public:
  MapFiles() = default;
  explicit MapFiles(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}

  Result<std::string> read(const std::string& path) const override {
    const auto it = texts_.find(path);
    if (it == texts_.end()) return fail(Code::not_found, "there is no such file");
    return it->second;
  }
  bool exists(const std::string& path) const override {
    return texts_.contains(path) || is_directory(path);
  }
  bool is_directory(const std::string& path) const override {
    const auto it = texts_.lower_bound(path + "/");
    return it != texts_.end() && it->first.starts_with(path + "/");
  }

 private:
  std::map<std::string, std::string> texts_;
};

/// A call in /srv/app with HOME=/root and nothing else.
[[nodiscard]] inline LoadRequest request_in_app() {
  LoadRequest request;
  request.cwd = "/srv/app";
  request.home = "/root";
  return request;
}

/// Loads /srv/app/compose.yaml with this text.
[[nodiscard]] inline Result<Project> load_text(const std::string& text) {
  return load(request_in_app(), MapFiles({{"/srv/app/compose.yaml", text}}));
}

}  // namespace landfast::test
