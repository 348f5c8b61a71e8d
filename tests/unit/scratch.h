// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace landfast::test {

/// A folder of its own for one test, gone with it: below `base`, or in memory where the machine
/// offers that.
class Scratch {
 public:
  Scratch() : Scratch(in_memory()) {}
  explicit Scratch(const std::filesystem::path& base) {
    std::string name = base / "landfast-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path(const std::string& name = {}) const {
    return name.empty() ? path_ : path_ + "/" + name;
  }

 private:
  static std::filesystem::path in_memory() {
    const bool shm = ::access("/dev/shm", W_OK) == 0;
    return shm ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
  }
  std::string path_;
};

}  // namespace landfast::test
