// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "port/engine.h"

namespace landfast {

/// The output of a build: whole lines go to the progress, the last ones are kept for its error.
class BuildLog {
 public:
  BuildLog(std::string image, OnImageProgress progress)
      : image_(std::move(image)), progress_(std::move(progress)) {}
  void take(std::string_view bytes);
  /// The error of a failed build, with the last lines as its trace.
  [[nodiscard]] Error failure(const std::string& service, const std::string& reason);

 private:
  void line(std::string_view text);
  std::string image_;
  OnImageProgress progress_;
  std::string pending_;
  std::deque<std::string> last_;
};

}  // namespace landfast
