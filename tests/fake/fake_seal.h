// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "port/seal.h"

namespace landfast {

/// Hides bytes well enough to see where one forgot to seal; no cryptography.
class FakeSeal : public Seal {
 public:
  explicit FakeSeal(std::string key = "fake") : key_(std::move(key)) {}
  std::optional<Error> error;  ///< what both calls return instead

  Result<std::string> seal(const Secret& plain) override;
  Result<Secret> open(std::string_view sealed) override;

 private:
  [[nodiscard]] std::string mixed(std::string_view text, const std::string& number) const;
  [[nodiscard]] std::string check(std::string_view text, const std::string& number) const;
  std::string key_;
  int times_ = 0;
};

}  // namespace landfast
