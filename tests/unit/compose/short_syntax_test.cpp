// SPDX-License-Identifier: Apache-2.0
#include "compose/short_syntax.h"

#include <doctest/doctest.h>

#include "base/text.h"

namespace landfast::compose {
namespace {

std::string port(std::string_view spec) {
  const auto parsed = parse_port(spec);
  if (!parsed) return "error";
  std::string out;
  for (const auto& p : *parsed)
    out += (out.empty() ? "" : " ") + p.host_ip + "|" + p.published + "|" +
           std::to_string(p.target) + "/" + p.protocol;
  return out;
}

std::string words(std::string_view text) {
  const auto parsed = shell_words(text);
  return parsed ? join(*parsed, "|") : "error";
}

}  // namespace

TEST_CASE("ports in short form") {
  CHECK(port("80") == "||80/tcp");
  CHECK(port("8080:80") == "|8080|80/tcp");
  CHECK(port("127.0.0.1:8080:80/UDP") == "127.0.0.1|8080|80/udp");
  CHECK(port("[::1]:1:2") == "::1|1|2/tcp");
  CHECK(port("127.0.0.1::80") == "127.0.0.1||80/tcp");
  CHECK(port("3000-3001") == "||3000/tcp ||3001/tcp");
  CHECK(port("8000-8001:80-81") == "|8000|80/tcp |8001|81/tcp");
  CHECK(port("8000-8002:80") == "|8000-8002|80/tcp");
  CHECK(port("9-10:9-10") == "|10|10/tcp |9|9/tcp");
  for (const char* bad : {"", ":", "x", "80:80/http", "999.1.1.1:80:80", "8000-8002:80-81", "90-80",
                          "80000", "1.2.3.4.5:80:80", "::1:80:80", "01.2.3.4:1:1"}) {
    CAPTURE(bad);
    CHECK(port(bad) == "error");
  }
}

TEST_CASE("volumes in short form") {
  const auto named = parse_volume("data:/d:ro,nocopy");
  REQUIRE(named.has_value());
  CHECK_FALSE(named->bind);
  CHECK(named->read_only);
  CHECK(named->nocopy);
  const auto bind = parse_volume("./x:/y:z,rslave,cached");
  REQUIRE(bind.has_value());
  CHECK(bind->bind);
  CHECK(bind->selinux == "z");
  CHECK(bind->propagation == "rslave");
  CHECK(parse_volume("v:/data")->target == "v:/data");  // a drive letter
  CHECK(parse_volume("C:\\a:/b")->source == "C:\\a");
  CHECK(parse_volume("${A:-b}:/x")->source == "${A:-b}");
  for (const char* bad : {"", ":/x", "/a::ro", "/a:/b:ro:z", "/a:"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_volume(bad).has_value());
  }
}

TEST_CASE("commands are split as a shell would, and end at its operators") {
  CHECK(words("a \"b c\" 'd e' f\\ g") == "a|b c|d e|f g");
  CHECK(words("a \"\" b") == "a||b");
  CHECK(words("foo && bar") == "foo");
  CHECK(words("run 2>/dev/null") == "run");
  CHECK(words("a # b * ~") == "a|#|b|*|~");
  CHECK(words("") == "");
  CHECK(words("a 'b") == "error");
  CHECK(words("echo (x)") == "error");
}

TEST_CASE("durations and sizes") {
  CHECK(go_duration(*parse_duration("1d")) == "24h0m0s");
  CHECK(go_duration(*parse_duration("2w")) == "336h0m0s");
  CHECK(go_duration(*parse_duration("1.5h")) == "1h30m0s");
  CHECK(go_duration(*parse_duration("1us")) == "1µs");
  CHECK(parse_duration("0")->count() == 0);
  CHECK(parse_duration("-1.5h")->count() == -5'400'000'000'000);
  for (const char* bad : {"", "90", "1h 30m", "x", "1y", ".s", "99999999999999999999h"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
  CHECK(*parse_bytes("64m") == 64 << 20);
  CHECK(*parse_bytes("64MiB") == 64 << 20);
  CHECK(*parse_bytes("1.5g") == 1'610'612'736);
  CHECK(*parse_bytes("1 g") == 1 << 30);
  CHECK(*parse_bytes("10b") == 10);
  for (const char* bad : {"", "m", "-5", "5x", "5mib2", "much"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_bytes(bad).has_value());
  }
}

}  // namespace landfast::compose
