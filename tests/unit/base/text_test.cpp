// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST_CASE("durations as Go prints them") {
  CHECK(go_duration(nanoseconds(0)) == "0s");
  CHECK(go_duration(nanoseconds(7)) == "7ns");
  CHECK(go_duration(nanoseconds(1'500)) == "1.5µs");
  CHECK(go_duration(milliseconds(500)) == "500ms");
  CHECK(go_duration(seconds(90)) == "1m30s");
  CHECK(go_duration(milliseconds(5'400'250)) == "1h30m0.25s");
  CHECK(go_duration(-seconds(3)) == "-3s");
}

TEST_CASE("durations and sizes for people") {
  CHECK(human_duration(milliseconds(420)) == "0.4 s");
  CHECK(human_duration(seconds(125)) == "2 min 5 s");
  CHECK(human_duration(seconds(3 * 86400 + 4 * 3600)) == "3 d 4 h");
  CHECK(human_bytes(512) == "512 B");
  CHECK(human_bytes(1'395'864'371) == "1.3 GiB");
}

TEST_CASE("the nearest word is one that a slip of the hand would make") {
  const std::vector<std::string> words{"image", "ports", "environment"};
  CHECK(nearest("imgae", words) == "image");
  CHECK(nearest("enviroment", words) == "environment");
  CHECK_FALSE(nearest("banana", words));
}

TEST_CASE("foreign text cannot drive a terminal") {
  CHECK(printable("a\x1b[31mb") == "a\xEF\xBF\xBD[31mb");
  CHECK(printable("\xff") == "\xEF\xBF\xBD");
  CHECK(printable("\xC2\x9B") == "\xEF\xBF\xBD");
  CHECK(printable("größe\t→") == "größe\t→");
  CHECK(in_quotes("a\nb") ==
        "\"a\xEF\xBF\xBD"
        "b\"");
}

TEST_CASE("splitting, joining, trimming") {
  CHECK(split("a,,b", ',') == std::vector<std::string>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string>{""});
  CHECK(join(std::vector<std::string>{"a", "b"}, ", ") == "a, b");
  CHECK(trim(" \t a b \n") == "a b");
  CHECK(trim(" \n") == "");
  CHECK(lower("ÄbC") == "Äbc");
}

}  // namespace
}  // namespace landfast
