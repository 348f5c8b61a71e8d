// SPDX-License-Identifier: Apache-2.0
#include "base/ustar.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace landfast {
namespace {

unsigned octal(const std::string& archive, std::size_t at, std::size_t size) {
  return static_cast<unsigned>(std::strtoul(archive.substr(at, size).c_str(), nullptr, 8));
}

UstarEntry entry(std::string_view path, std::string_view content) {
  UstarEntry e;
  e.path = path;
  e.content = content;
  e.mode = 0440;
  e.uid = 1001;
  return e;
}

TEST_CASE("a header says name, mode, owner, size and its own checksum") {
  const auto archive = ustar_of(entry("run/secrets/token", "hello"));
  REQUIRE(archive);
  CHECK(archive->size() == 512 + 512 + 1024);
  CHECK(archive->starts_with(std::string("run/secrets/token") + '\0'));
  CHECK(octal(*archive, 100, 8) == 0440);
  CHECK(octal(*archive, 108, 8) == 1001);
  CHECK(octal(*archive, 124, 12) == 5);
  CHECK(archive->substr(257, 5) == "ustar");
  CHECK(archive->substr(512, 5) == "hello");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>((*archive)[i]);
  CHECK(octal(*archive, 148, 8) == sum);
}

TEST_CASE("a long path is split at a slash, one that cannot be is refused") {
  const std::string deep = std::string(80, 'a') + "/" + std::string(60, 'b');
  const auto archive = ustar_of(entry(deep, ""));
  REQUIRE(archive);
  CHECK(archive->starts_with(std::string(60, 'b') + '\0'));
  CHECK(archive->substr(345, 80) == std::string(80, 'a'));
  CHECK_FALSE(ustar_of(entry(std::string(120, 'x'), "")));
  CHECK_FALSE(ustar_of(entry("", "")));
}

}  // namespace
}  // namespace landfast
