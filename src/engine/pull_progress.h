// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "port/engine.h"

namespace landfast {

/// Adds up the layers of a pull (Engine API, ImageCreate's stream).
class PullProgress {
 public:
  explicit PullProgress(std::string image) { sum_.image = std::move(image); }
  /// Takes one message of the stream; the sum where it has changed.
  std::optional<ImageProgress> take(const boost::json::object& message);
  /// The registry's or the engine's text, where the stream reported a failure.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Layer {
    std::int64_t current = 0, total = 0;
  };
  std::map<std::string, Layer> layers_;
  ImageProgress sum_;
  std::string failure_;
};

/// What to do about a pull that failed with this text.
[[nodiscard]] std::string pull_hint(const std::string& text, const std::string& host);

/// A reference as ImageCreate wants it: name, and tag or digest ("latest" where none is written).
struct SplitReference {
  std::string name, tag;
};
[[nodiscard]] SplitReference split_reference(const std::string& reference);

}  // namespace landfast
