// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "port/seal.h"

/// What every Seal does. `Make` is a callable that returns an owner of a fresh seal: anything with
/// `seal()` (a Seal&), `reopened()` (the same key, after a restart of the process) and `other()`
/// (another key).
namespace landfast::conformance {

inline std::string all_bytes() {
  std::string text;
  for (int c = 0; c < 256; ++c) text += static_cast<char>(c);
  return text;
}

template <class Make>
void what_is_sealed_opens_again(Make make) {
  auto owner = make();
  for (const auto& text : {std::string(), std::string("DB_PASSWORD=korrekt"), all_bytes(),
                           std::string(3'000'000, 'x')}) {
    const auto sealed = owner.seal().seal(Secret(text));
    REQUIRE(sealed);
    const auto opened = owner.seal().open(*sealed);
    REQUIRE(opened);
    CHECK(opened->reveal() == text);
    const auto later = owner.reopened().open(*sealed);
    REQUIRE(later);
    CHECK(later->reveal() == text);
  }
}

template <class Make>
void the_sealed_bytes_do_not_show_what_is_in_them(Make make) {
  auto owner = make();
  const std::string text = "DB_PASSWORD=korrekt";
  const auto once = owner.seal().seal(Secret(text)).value();
  const auto again = owner.seal().seal(Secret(text)).value();
  CHECK(once.find("korrekt") == std::string::npos);
  CHECK(once != again);
}

template <class Make>
void what_was_changed_does_not_open(Make make) {
  auto owner = make();
  const auto sealed = owner.seal().seal(Secret("korrekt")).value();
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto opened = owner.seal().open(changed);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Code::corrupt);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    CHECK_FALSE(owner.seal().open(std::string_view(sealed).substr(0, size)));
  CHECK_FALSE(owner.seal().open(sealed + "x"));
}

template <class Make>
void another_key_does_not_open(Make make) {
  auto owner = make();
  const auto sealed = owner.seal().seal(Secret("korrekt")).value();
  const auto opened = owner.other().open(sealed);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::corrupt);
}

/// All of it, as subcases of one test case.
template <class Make>
void seal_suite(Make make) {
  SUBCASE("round trip") { what_is_sealed_opens_again(make); }
  SUBCASE("hidden") { the_sealed_bytes_do_not_show_what_is_in_them(make); }
  SUBCASE("changed") { what_was_changed_does_not_open(make); }
  SUBCASE("another key") { another_key_does_not_open(make); }
}

}  // namespace landfast::conformance
