// SPDX-License-Identifier: Apache-2.0
#include "secret/sodium_seal.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "conformance/seal_suite.h"
#include "io/file.h"
#include "secret/key_file.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

struct Owner {
  std::unique_ptr<test::Scratch> state = std::make_unique<test::Scratch>();
  std::unique_ptr<test::Scratch> elsewhere = std::make_unique<test::Scratch>();
  SodiumSeal own{state->path()}, later{state->path()}, foreign{elsewhere->path()};
  Seal& seal() { return own; }
  Seal& reopened() { return later; }
  Seal& other() { return foreign; }
};

TEST_CASE("libsodium's seal is a seal") {
  conformance::seal_suite([] { return Owner(); });
}

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

TEST_CASE("the key is made once, closed to other users, and nothing is left beside it") {
  const test::Scratch state;
  SodiumSeal seal(state.path());
  REQUIRE(seal.seal(Secret("x")));
  CHECK(mode_of(state.path("keys")) == 0700);
  CHECK(mode_of(state.path("keys/state.key")) == 0600);
  const auto key = read_file(state.path("keys/state.key"), 32).value();
  REQUIRE(SodiumSeal(state.path()).seal(Secret("y")));
  CHECK(read_file(state.path("keys/state.key"), 32).value() == key);
  const std::filesystem::directory_iterator files(state.path("keys"));
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a key that others could have read, or that is none, is refused") {
  const test::Scratch state;
  const auto path = state.path("state.key");
  SUBCASE("open to others") {
    REQUIRE(write_file(path, std::string(32, 'k'), 0640));
    CHECK(key_from_file(path, 32).error().text.find("mode 0640") != std::string::npos);
  }
  SUBCASE("of another size") {
    REQUIRE(write_file(path, "short", 0600));
    CHECK(key_from_file(path, 32).error().text.find("has 5 bytes") != std::string::npos);
  }
  SUBCASE("a link") {
    REQUIRE(write_file(state.path("real"), std::string(32, 'k'), 0600));
    std::filesystem::create_symlink("real", path);
    CHECK(key_from_file(path, 32).error().text.find("is no file") != std::string::npos);
  }
  CHECK_FALSE(key_from_file(path, 32));
}

}  // namespace
}  // namespace landfast
