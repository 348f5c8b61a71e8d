// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "map_files.h"

namespace landfast {
namespace {

using test::load_text;
using test::MapFiles;
using test::request_in_app;

constexpr const char* stack = R"(services:
  app: {image: a}
  migrate: {image: m, profiles: [migration]}
  tunnel: {image: t, profiles: [tunnel]}
)";

Result<Project> with_beside(const std::string& beside,
                            std::map<std::string, std::string> environment = {},
                            const std::string& compose = stack) {
  auto request = request_in_app();
  request.environment = std::move(environment);
  return load(request,
              MapFiles({{"/srv/app/compose.yaml", compose}, {"/srv/app/landfast.yaml", beside}}));
}

}  // namespace

TEST_CASE("migrate decides whatever the profiles say") {
  const auto p = with_beside("services:\n  migrate: {x-landfast: {migrate: true}}\n");
  REQUIRE(p.has_value());
  CHECK(p->services.at("migrate").landfast.migrate);
  CHECK(p->services.at("migrate").landfast.mark->file == "/srv/app/landfast.yaml");
  CHECK(p->disabled.contains("tunnel"));
}

TEST_CASE("when starts a service with its variable, and only with it") {
  const std::string text = "services:\n  tunnel: {x-landfast: {when: TOKEN}}\n";
  CHECK(with_beside(text, {{"TOKEN", "x"}})->services.contains("tunnel"));
  CHECK(with_beside(text, {{"TOKEN", ""}})->disabled.contains("tunnel"));
  CHECK(with_beside(text)->disabled.contains("tunnel"));
  CHECK(with_beside("services:\n  app: {x-landfast: {when: TOKEN}}\n")->disabled.contains("app"));
}

TEST_CASE("the file beside wins, key by key") {
  const auto p =
      with_beside("services:\n  app: {x-landfast: {migrate: false}}\n", {{"V", "1"}},
                  "services:\n  app: {image: a, x-landfast: {migrate: true, when: V}}\n");
  REQUIRE(p.has_value());
  CHECK_FALSE(p->services.at("app").landfast.migrate);
  CHECK(p->services.at("app").landfast.when == "V");
}

TEST_CASE("a key whose work is not there yet says so") {
  const auto p = with_beside(
      "x-landfast: {tier: basic}\nservices:\n  app: {x-landfast: {route: \":3000\"}}\n");
  REQUIRE(p.has_value());
  REQUIRE(p->warnings.size() == 2);
  CHECK(p->warnings[0].text == "x-landfast.tier: not there yet in this version");
  CHECK(p->warnings[1].text == "x-landfast.route: not there yet in this version");
}

TEST_CASE("what landfast.yaml cannot hold is an error with the nearest match") {
  const std::pair<const char*, const char*> cases[] = {
      {"services:\n  app: {image: x}\n", "unknown key \"image\""},
      {"services:\n  app: {x-landfast: {migrat: true}}\n", "unknown key \"migrat\""},
      {"services:\n  ap: {x-landfast: {overlap: true}}\n",
       "the compose file has no service \"ap\""},
      {"volumes: {}\n", "unknown key \"volumes\""},
      {"x-landfast: {tier: high}\n", "\"high\" is not one of basic, recommended, hardened"},
      {"x-landfast: {guard: {max_age: soon}}\n", "\"soon\" is not a duration, such as 30s or 24h"},
      {"services:\n  app: {x-landfast: {when: [A]}}\n", "this must be a string, not a list"}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto p = with_beside(text);
    REQUIRE_FALSE(p.has_value());
    CHECK(p.error().text == expected);
    CHECK(p.error().mark->file == "/srv/app/landfast.yaml");
  }
}

TEST_CASE("the same keys are checked in the compose file, and every key of the design is known") {
  const auto wrong = load_text("services:\n  a: {image: x, x-landfast: {rout: a}}\n");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().path == "services.a.x-landfast.rout");
  CHECK(wrong.error().hint == "did you mean `route`?");
  const auto all = with_beside(R"(x-landfast:
  tier: hardened
  backup: {to: /b, every: "0 3 * * *", keep: {daily: 7, weekly: 5, monthly: 12}, skip: [x], ping: u}
  guard: {max_age: 24h, files: 5GB, keep: 1}
  verify: [{http: "http://app:3000/x", in: app, status: 200, json: {a: b}, header: {c: d}}, {tcp: "a:1"}, {run: [x]}]
  edge: own
  acme: {email: a@b.c, directory: d, staging: true}
  trusted_proxies: [10.0.0.0/8]
  tunnel: {kind: cloudflared, service: t, name: n}
services:
  app:
    x-landfast: {route: [{host: h, path: /, port: 3000, strip: true}, ":80"], tls: {cert: c, key: k}, drain: 30s, hold: 55s, migrate: {sql: ./sql}, pending: [a], first: true, overlap: true, shared: [v], store: postgres, backup: false, when: V}
)",
                               {{"V", "1"}});
  CHECK_MESSAGE(all.has_value(), (all ? "" : all.error().text + " " + all.error().path));
}

}  // namespace landfast
