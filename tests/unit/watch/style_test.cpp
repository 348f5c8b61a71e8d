// SPDX-License-Identifier: Apache-2.0
#include "watch/style.h"

#include <doctest/doctest.h>

using namespace landfast;

TEST_CASE("display_width counts columns, not bytes") {
  CHECK(display_width("app") == 3);
  CHECK(display_width("grün") == 4);
  CHECK(display_width("デプロイ") == 8);
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(display_width("🚀") == 2);
  CHECK(display_width("") == 0);
}

TEST_CASE("fit cuts at a character and says so") {
  CHECK(fit("postgres", 8) == "postgres");
  CHECK(fit("postgres", 5) == "post…");
  CHECK(fit("デプロイ", 4) == "デ…");
  CHECK(fit("abc", 0).empty());
}

TEST_CASE("colour only where the style has it") {
  CHECK(symbol(LineState::done, Style{}) == "✓");
  CHECK(symbol(LineState::failed, Style{.colour = true}) == "\x1b[31m✗\x1b[0m");
  CHECK(padded("é", 3) == "é  ");
}
