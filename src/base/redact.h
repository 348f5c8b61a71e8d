// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace landfast {

/// Whether a variable of this name is likely to hold a secret: PASSWORD, TOKEN, API_KEY and the
/// like; not the path of a file (…_FILE).
[[nodiscard]] bool is_secret_name(std::string_view name);

/// Replaces known secrets in foreign text by "***". Values below `shortest` bytes are left: they
/// would take ordinary words with them.
class Redactor {
 public:
  static constexpr std::size_t shortest = 4;

  /// Each line of it counts.
  void add(const Secret& value);
  /// A variable of a container: its value where the name is that of a secret, and the password of
  /// an address (scheme://user:password@host) in any.
  void add_variable(std::string_view name, std::string_view value);
  [[nodiscard]] std::string apply(std::string_view text) const;
  /// In the lines that the error cites.
  void apply(Error& error) const;

 private:
  void add_word(std::string_view word);
  std::vector<std::string> words_;  ///< longest first
};

}  // namespace landfast
