// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace landfast {

/// Percent-encoding of everything but unreserved characters (RFC 3986) and those of `keep`.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view keep = {});

/// A path of the Engine API with its query, built piece by piece.
class Query {
 public:
  explicit Query(std::string path) : text_(std::move(path)) {}
  Query& add(std::string_view key, std::string_view value);
  /// Adds nothing where the value is empty.
  Query& add_if(std::string_view key, std::string_view value);
  [[nodiscard]] std::string str() const { return text_; }

 private:
  std::string text_;
  bool any_ = false;
};

/// "/containers/<id>/<verb>", "/images/<reference>/<verb>"; a reference keeps its slashes.
[[nodiscard]] std::string object_path(std::string_view kind, std::string_view id,
                                      std::string_view verb = {});

}  // namespace landfast
