// SPDX-License-Identifier: Apache-2.0
#include "compose/dotenv.h"

#include <doctest/doctest.h>

namespace landfast::compose {
namespace {

const Lookup none = [](std::string_view) { return std::optional<std::string_view>(); };
const Lookup os = [](std::string_view name) -> std::optional<std::string_view> {
  if (name == "OS") return "os";
  return {};
};

std::string value_of(std::string_view text, const std::string& key = "A") {
  Variables vars;
  const auto outcome = read_env(text, vars, os);
  if (outcome.error) return "error: " + outcome.error->text;
  const auto it = vars.find(key);
  return it == vars.end() ? "absent" : it->second;
}

}  // namespace

TEST_CASE("lines of an env file") {
  const std::pair<const char*, const char*> cases[] = {
      {"A=1", "1"},
      {"A = two words  # comment", "two words"},
      {"A=val#x", "val#x"},
      {"A= # c", "# c"},
      {"export A=e", "e"},
      {"A: colon", "colon"},
      {"A=\"double ${OS} \\n\\t\\$OS $$OS \\\" \\0101 \\u00e9\"",
       "double os \n\t$OS $OS \" A \\u00e9"},
      {"A='single ${OS} \\n'", "single ${OS} \\n"},
      {"A='it\\'s'", "it's"},
      {"A=\"multi\nline\"", "multi\nline"},
      {"A=a\\$OS", "a\\os"},
      {"A=${X:-def}", "def"},
      {"B=b\nA=$B$B", "bb"},
      {"A=1\nA=2", "2"},
      {"\xEF\xBB\xBF"
       "A=1\r\n",
       "1"},
      {"A=", ""},
      {"A", "absent"},
      {"# A=1\n\n", "absent"},
      {"A=\"x\"y=z", "x"}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(value_of(text) == expected);
  }
  CHECK(value_of("OS\n", "OS") == "os");
  CHECK(value_of("A=\"x\"y=z", "y") == "z");
  CHECK(value_of("TAIL", "") == "TAIL");
  CHECK(value_of("9DIGIT=x", "9DIGIT") == "x");
}

TEST_CASE("an error of an env file has its line") {
  const std::pair<const char*, std::uint32_t> cases[] = {
      {"A=1\nB/C=2\n", 2}, {"A B=1", 1}, {"X=1\nA='it''s'", 2}, {"X=1\nY=2\nA=${N:?m}", 3}};
  for (const auto& [text, line] : cases) {
    CAPTURE(text);
    Variables vars;
    const auto outcome = read_env(text, vars, none);
    REQUIRE(outcome.error.has_value());
    CHECK(outcome.error->line == line);
  }
  CHECK(value_of("A=\"open").starts_with("error: the quote"));
}

TEST_CASE("the raw format takes lines as they are") {
  Variables vars;
  const auto outcome = read_raw_env("A='q' # c\n  B= $OS\n#x\nOS\nNOPE\n", vars, os);
  CHECK_FALSE(outcome.error.has_value());
  CHECK(vars == Variables{{"A", "'q' # c"}, {"B", " $OS"}, {"OS", "os"}});
  CHECK(read_raw_env("A B=1", vars, os).error.has_value());
  CHECK(read_raw_env("=1", vars, os).error.has_value());
}

}  // namespace landfast::compose
