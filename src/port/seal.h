// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace landfast {

/// Closes bytes so that only this state directory's key opens them again.
class Seal {
 public:
  virtual ~Seal() = default;
  /// The sealed bytes, another text each time. Errors: the key cannot be read or made.
  virtual Result<std::string> seal(const Secret& plain) = 0;
  /// What was sealed. `corrupt` where the bytes were changed, cut, or sealed with another key.
  virtual Result<Secret> open(std::string_view sealed) = 0;
};

}  // namespace landfast
