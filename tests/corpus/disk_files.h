// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "compose/files.h"

namespace landfast::test {

/// The files of this machine, for tests that compare with the real Compose.
class DiskFiles : public Files {
 public:
  Result<std::string> read(const std::string& path) const override {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return fail(Code::invalid, "it is a directory");
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::not_found, "there is no such file");
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  bool exists(const std::string& path) const override {
    std::error_code error;
    return std::filesystem::exists(path, error);
  }
  bool is_directory(const std::string& path) const override {
    std::error_code error;
    return std::filesystem::is_directory(path, error);
  }
};

}  // namespace landfast::test
