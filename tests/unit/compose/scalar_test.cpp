// SPDX-License-Identifier: Apache-2.0
#include "compose/scalar.h"

#include <doctest/doctest.h>

#include "compose/go_text.h"
#include "compose/natural_order.h"

namespace landfast::compose {
namespace {

/// What an unquoted text is read as, printed as Go prints it, with its kind in front.
std::string read_as(std::string_view text, std::string_view tag = "") {
  Arena arena;
  auto* node = arena.string(text, {});
  if (!resolve_scalar(*node, tag, false)) return "does not fit";
  return std::string(kind_name(node->kind)) + " " + sprint(*node);
}

}  // namespace

TEST_CASE("scalars are read as go-yaml v3 reads them") {
  const std::pair<const char*, const char*> cases[] = {
      {"022", "integer 18"},
      {"0o22", "integer 18"},
      {"0x1F", "integer 31"},
      {"-0x1F", "integer -31"},
      {"0b11", "integer 3"},
      {"1_000", "integer 1000"},
      {"+5", "integer 5"},
      {"08", "number 8"},
      {"1.50", "number 1.5"},
      {"1e3", "number 1000"},
      {"1e30", "number 1e+30"},
      {".5", "number 0.5"},
      {"5.", "number 5"},
      {".inf", "number +Inf"},
      {"-.Inf", "number -Inf"},
      {"123456789.5", "number 1.234567895e+08"},
      {"1000000.0", "number 1e+06"},
      {"0.00001", "number 1e-05"},
      {"18446744073709551615", "integer 18446744073709551615"},
      {"18446744073709551616", "number 1.8446744073709552e+19"},
      {"yes", "string yes"},
      {"on", "string on"},
      {"no", "string no"},
      {"1:20", "string 1:20"},
      {"22:22", "string 22:22"},
      {"true", "true/false true"},
      {"TRUE", "true/false true"},
      {"tRUE", "string tRUE"},
      {"~", "nothing <nil>"},
      {"", "nothing <nil>"},
      {"null", "nothing <nil>"},
      {"2024-01-02", "date 2024-01-02T00:00:00Z"},
      {"2024-13-02", "string 2024-13-02"},
      {"2024-02-30", "string 2024-02-30"},
      {"2024-1-2 3:4:5.50", "date 2024-01-02T03:04:05.5Z"},
      {"2024-01-02T03:04:05+02:00", "date 2024-01-02T03:04:05+02:00"},
      {"1.2.3", "string 1.2.3"},
      {"0x", "string 0x"},
      {"-", "string -"},
      {"1e", "string 1e"},
      {"a", "string a"},
      {"_1", "string _1"}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(read_as(text) == expected);
  }
}

TEST_CASE("a tag decides, and a text that does not fit it is refused") {
  CHECK(read_as("12", "!!str") == "string 12");
  CHECK(read_as("12", "!!float") == "number 12");
  CHECK(read_as("12", "!!int") == "integer 12");
  CHECK(read_as("x", "!!int") == "does not fit");
  CHECK(read_as("12", "!own") == "string 12");
}

TEST_CASE("floats are printed as Go's JSON prints them") {
  CHECK(widen_float32(0.1F) == 0.1);
  CHECK(widen_float32(2.5) == 2.5);
}

TEST_CASE("base64 is decoded whole or not at all") {
  CHECK(decode_base64("aGVsbG8=") == "hello");
  CHECK(decode_base64("aGVs\nbG8=") == "hello");
  CHECK(decode_base64("") == "");
  CHECK_FALSE(decode_base64("aGVsbG8").has_value());
  CHECK_FALSE(decode_base64("a===").has_value());
  CHECK_FALSE(decode_base64("aG=s").has_value());
}

TEST_CASE("names are ordered with their numbers by value") {
  CHECK(natural_less("a2", "a10"));
  CHECK_FALSE(natural_less("a10", "a2"));
  CHECK(natural_less("a", "ab"));
  CHECK(natural_less("B", "a"));
  CHECK(natural_less("a-b", "ab"));
  CHECK_FALSE(natural_less("a", "a"));
}

TEST_CASE("paths are cleaned as Go cleans them") {
  CHECK(clean_path("/a//b/../c/./d/") == "/a/c/d");
  CHECK(clean_path("../../x") == "../../x");
  CHECK(clean_path("/../x") == "/x");
  CHECK(clean_path("") == ".");
  CHECK(join_path("/srv/app", "./x/") == "/srv/app/x");
  CHECK(join_path("/srv/app", "../y") == "/srv/y");
  CHECK(parent_path("/a/b") == "/a");
  CHECK(parent_path("/a") == "/");
  CHECK(base_name("/a/b/") == "b");
}

}  // namespace landfast::compose
