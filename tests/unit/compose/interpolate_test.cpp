// SPDX-License-Identifier: Apache-2.0
#include "compose/interpolate.h"

#include <doctest/doctest.h>

#include "compose/inputs.h"

namespace landfast::compose {
namespace {

const Variables variables{{"SET", "s"}, {"EMPTY", ""}, {"DOLLAR", "$SET"}};

std::string becomes(std::string_view text) {
  auto done = substitute(text, lookup_in(variables));
  return done ? done->text : "error: " + done.error().text;
}

}  // namespace

TEST_CASE("every operator, set, empty and unset") {
  const std::pair<const char*, const char*> cases[] = {
      {"$SET-${SET}", "s-s"},
      {"x${UNSET}y", "xy"},
      {"${UNSET:-d}", "d"},
      {"${EMPTY:-d}", "d"},
      {"${EMPTY-d}", ""},
      {"${UNSET-d}", "d"},
      {"${SET:+a}", "a"},
      {"${EMPTY:+a}", ""},
      {"${EMPTY+a}", "a"},
      {"${UNSET+a}", ""},
      {"${SET:?m}", "s"},
      {"${EMPTY?m}", ""},
      {"${UNSET:-${OTHER:-${SET}}}", "s"},
      {"$$SET", "$SET"},
      {"$${SET}", "${SET}"},
      {"$1 $(x) $ $.", "$1 $(x) $ $."},
      {"x$", "x$"},
      {"${DOLLAR}", "$SET"},
      {"${UNSET:-{\"k\":\"v\"}}", "{\"k\":\"v\"}"},
      {"${UNSET:-{\"k\":\"v\"}}-$1-$$x", "{\"k\":\"v\"}-$1-$x"},
      {"${UNSET:-a:b-c?d+e}", "a:b-c?d+e"},
      {"${SET:-x}-${UNSET:-y}", "s-y"},
      {"${UNSET:-}", ""},
      {"${UNSET:-{}}", "{}"},
      {"", ""},
      {"${UNSET:-é}", "é"}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(becomes(text) == expected);
  }
}

TEST_CASE("what is no expression, and what must be set, is an error") {
  for (const char* text : {"${1}", "${A", "${A b}", "${}", "${UNSET:-a\nb}", "${UNSET?}",
                           "${EMPTY:?m}", "${SET:-${UNSET:?m}}"}) {
    CAPTURE(text);
    CHECK(becomes(text).starts_with("error: "));
  }
  CHECK(becomes("${UNSET:?say $SET}") == "error: the variable UNSET must have a value: say s");
}

TEST_CASE("variables that are not set are named, those with a default are not") {
  const auto done = substitute("$A ${B} ${C:-c} $SET", lookup_in(variables));
  REQUIRE(done.has_value());
  CHECK(done->unset == std::vector<std::string>{"A", "B"});
}

TEST_CASE("the bounds end a text that grows or nests without end") {
  std::string nested;
  for (int i = 0; i < 200; ++i) nested += "${A:-";
  CHECK(becomes(nested + std::string(200, '}')).starts_with("error: "));
  Variables large{{"L", std::string(300'000, 'x')}};
  CHECK_FALSE(substitute("$L$L$L$L", lookup_in(large)).has_value());
}

TEST_CASE("a text says which variables it asks for") {
  const auto uses = variables_of("${A:-x${B}} $C ${D:?m} ${E:+alt} $$F $1");
  REQUIRE(uses.size() == 5);
  CHECK(uses[0].name == "A");
  CHECK(uses[0].fallback == "x${B}");
  CHECK(uses[1].name == "B");
  CHECK(uses[2].name == "C");
  CHECK(uses[3].required);
  CHECK(uses[4].alternative == "alt");
}

}  // namespace landfast::compose
