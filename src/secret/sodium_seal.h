// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "port/seal.h"

namespace landfast {

/// Seals with libsodium's XChaCha20-Poly1305 and the key `keys/state.key` below the state
/// directory, which is made when something is sealed for the first time.
class SodiumSeal final : public Seal {
 public:
  explicit SodiumSeal(std::string state_dir) : state_dir_(std::move(state_dir)) {}
  Result<std::string> seal(const Secret& plain) override;
  Result<Secret> open(std::string_view sealed) override;

 private:
  Result<const Secret*> key();
  std::string state_dir_;
  std::optional<Secret> key_;
};

}  // namespace landfast
