// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace landfast {

/// Lower-case hex SHA-256 (64 characters) of the bytes.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// A SHA-256 over bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Lower-case hex of all that was added; nothing may be added after it.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `count` random bytes from the kernel as lower-case hex (2 × count characters).
[[nodiscard]] std::string random_hex(std::size_t count);

}  // namespace landfast
