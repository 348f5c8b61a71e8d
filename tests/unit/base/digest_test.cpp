// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

TEST_CASE("SHA-256 of the vectors of FIPS 180-2") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("SHA-256 of pieces is that of the whole") {
  Sha256 sum;
  for (const auto* piece : {"a", "", "bc"}) sum.add(piece);
  CHECK(sum.hex() == sha256_hex("abc"));
  CHECK(Sha256().hex() == sha256_hex(""));
}

TEST_CASE("random bytes come as hex and differ") {
  const auto a = random_hex(16);
  CHECK(a.size() == 32);
  CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(a != random_hex(16));
}

}  // namespace
}  // namespace landfast
