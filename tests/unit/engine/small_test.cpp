// SPDX-License-Identifier: Apache-2.0
// The small pure parts: times, paths, references, progress, /proc tables.
#include <doctest/doctest.h>

#include "engine/json_read.h"
#include "engine/proc_net.h"
#include "engine/pull_progress.h"
#include "engine/query.h"
#include "engine/timestamp.h"

namespace landfast {
namespace {

TEST_CASE("times of a log") {
  const std::pair<const char*, const char*> good[] = {
      {"", ""},
      {"1700000000", "1700000000"},
      {"1700000000.5", "1700000000.5"},
      {"1970-01-01T00:00:00Z", "0.000000000"},
      {"2026-11-21T03:32:13Z", "1795231933.000000000"},
      {"2026-11-21T03:32:13.25Z", "1795231933.250000000"},
      {"2026-11-21T04:32:13+01:00", "1795231933.000000000"},
      {"2026-11-20T22:02:13.000000001-05:30", "1795231933.000000001"},
  };
  for (const auto& [text, want] : good) CHECK(log_time(text).value() == want);
  for (const char* bad : {"now", "10m", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                          "2026-11-21T25:00:00Z", "2026-11-21", "2026-11-21T03:32:13",
                          "2026-11-21T03:32:13.Z", "2026-11-21T03:32:13Zx", "-1"})
    CHECK(log_time(bad).error().code == Code::invalid);
}

TEST_CASE("paths and queries are encoded") {
  CHECK(object_path("images", "ghcr.io/me/app:1", "json") == "/images/ghcr.io/me/app:1/json");
  CHECK(object_path("containers", "a b?c", "start") == "/containers/a%20b%3Fc/start");
  Query query("/x");
  query.add("a", "1&2").add_if("b", "").add("c", "ä");
  CHECK(query.str() == "/x?a=1%262&c=%C3%A4");
  CHECK(Query("/x").str() == "/x");
}

TEST_CASE("references are split as the engine wants them") {
  const auto is = [](const char* reference, const char* name, const char* tag) {
    const auto parts = split_reference(reference);
    CHECK(parts.name == name);
    CHECK(parts.tag == tag);
  };
  is("redis", "redis", "latest");
  is("redis:7", "redis", "7");
  is("localhost:5000/app", "localhost:5000/app", "latest");
  is("localhost:5000/app:v1", "localhost:5000/app", "v1");
  is("app@sha256:ab", "app", "sha256:ab");
  is("host:1/app:v1@sha256:ab", "host:1/app", "sha256:ab");
}

boost::json::object message(const char* text) { return parse_object(text, "test").value(); }

TEST_CASE("the layers of a pull are added up") {
  PullProgress sum("app:1");
  CHECK(sum.take(message(R"({"status": "Pulling from app", "id": "1"})"))->total == 0);
  sum.take(
      message(R"({"status":"Downloading","id":"a","progressDetail":{"current":5,"total":10}})"));
  const auto two = sum.take(
      message(R"({"status":"Downloading","id":"b","progressDetail":{"current":1,"total":90}})"));
  CHECK(two->current == 6);
  CHECK(two->total == 100);
  CHECK(two->image == "app:1");
  CHECK(two->status == "Downloading");
  const auto complete = sum.take(message(R"({"status":"Download complete","id":"a"})"));
  CHECK(complete->current == 11);
  const auto extracting = sum.take(
      message(R"({"status":"Extracting","id":"a","progressDetail":{"current":1,"total":10}})"));
  CHECK(extracting->current == 11);
  CHECK(sum.failure().empty());
}

TEST_CASE("an error within the stream of a pull") {
  PullProgress sum("app:1");
  CHECK_FALSE(sum.take(message(R"({"errorDetail": {"message": "denied"}, "error": "denied"})")));
  CHECK(sum.failure() == "denied");
}

TEST_CASE("a failed pull says what to do next") {
  CHECK(pull_hint("pull access denied for x", "ghcr.io").find("docker login ghcr.io") !=
        std::string::npos);
  CHECK(pull_hint("unauthorized: authentication required", "docker.io").ends_with("docker login"));
  CHECK(pull_hint("dial tcp: lookup x: no such host", "x").find("DNS") != std::string::npos);
  CHECK(pull_hint("net/http: request canceled (Client.Timeout exceeded)", "x").find("reached") !=
        std::string::npos);
  CHECK(pull_hint("manifest unknown", "x").find("tag") != std::string::npos);
  CHECK(pull_hint("something else", "x").empty());
}

constexpr std::string_view tcp4 =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   1: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   2: 0B0011AC:1F91 0A0011AC:A1B2 01 00000000:00000000 00:00000000 00000000     0\n";
constexpr std::string_view tcp6 =
    "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0\n"
    "   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0:0\n"
    "   2: 0000000000000000FFFF00000100007F:0052 00000000000000000000000000000000:0000 0A 0:0\n"
    "   3: 0000000000000000FFFF00000B0011AC:0053 00000000000000000000000000000000:0000 0A 0:0\n";

TEST_CASE("a port counts when it listens beyond loopback") {
  CHECK(listens_beyond_loopback(tcp4, 5432));
  CHECK_FALSE(listens_beyond_loopback(tcp4, 8080));  // 127.0.0.1
  CHECK_FALSE(listens_beyond_loopback(tcp4, 8081));  // connected, not listening
  CHECK(listens_beyond_loopback(tcp6, 80));
  CHECK_FALSE(listens_beyond_loopback(tcp6, 81));  // ::1
  CHECK_FALSE(listens_beyond_loopback(tcp6, 82));  // ::ffff:127.0.0.1
  CHECK(listens_beyond_loopback(tcp6, 83));
  CHECK_FALSE(listens_beyond_loopback("", 80));
  CHECK_FALSE(listens_beyond_loopback("garbage\n : : 0A 0A\n", 80));
}

}  // namespace
}  // namespace landfast
