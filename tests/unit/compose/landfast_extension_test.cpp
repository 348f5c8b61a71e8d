// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

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
  CHECK(p->services.at("migrate").landfast.mark_of("migrate")->file == "/srv/app/landfast.yaml");
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

TEST_CASE("a migration command is a one-shot of the service's image that the service waits for") {
  const auto p = with_beside(
      "services:\n  app: {x-landfast: {migrate: [alembic, upgrade, head], pending: [check]}}\n", {},
      "services:\n  app:\n    image: a\n    ports: [\"80:80\"]\n    restart: always\n"
      "    environment: {DB: db}\n    labels: {traefik.enable: \"true\"}\n  app-migrate: {image: "
      "x}\n");
  REQUIRE(p.has_value());
  REQUIRE(p->services.contains("app-migrate-landfast"));  // the other name is taken
  const auto& migration = p->services.at("app-migrate-landfast");
  CHECK(migration.landfast.migrate);
  CHECK(migration.landfast.pending == std::vector<std::string>{"check"});
  CHECK(migration.image == "a");
  CHECK(migration.environment.contains("DB"));
  CHECK(migration.ports.empty());
  CHECK(migration.labels.empty());
  CHECK(migration.restart.empty());
  const auto& json = migration.canonical.reveal();
  CHECK(json.at("entrypoint") == boost::json::array{"alembic", "upgrade", "head"});
  const auto& waits = p->services.at("app").depends_on;
  REQUIRE(waits.size() == 1);
  CHECK(waits[0].service == "app-migrate-landfast");
  CHECK(waits[0].condition == DependencyCondition::completed_successfully);
  CHECK_FALSE(p->canonical.reveal().at("services").as_object().contains("app-migrate-landfast"));
  CHECK(p->warnings.empty());
}

TEST_CASE("a key whose work is not there yet says so") {
  const auto p = with_beside(
      "x-landfast: {tier: basic, guard: {keep: 2, max_age: 1h}, acme: {staging: true}}\nservices:\n"
      "  app: {x-landfast: {tls: \"off\", backup: false}}\n");
  REQUIRE(p.has_value());
  REQUIRE(p->warnings.size() == 3);
  CHECK(p->warnings[0].text == "x-landfast.tier: not there yet in this version");
  CHECK(p->warnings[1].text == "x-landfast.guard.max_age: not there yet in this version");
  CHECK(p->warnings[2].text == "x-landfast.backup: not there yet in this version");
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
}

constexpr const char* every_key = R"(x-landfast:
  tier: hardened
  backup: {to: ./b, every: "0 3 * * *", keep: {daily: 7, weekly: 5, monthly: 12}, skip: [vol], ping: "https://ping/1"}
  guard: {max_age: 24h, files: 5GB, keep: 2}
  verify:
    - {http: "http://app:3000/x", in: app, status: 200, json: {a: [1, b]}, header: {c: d}}
    - {tcp: "a:1"}
    - {run: [x, "y z"]}
    - {run: "test -f '/a b'", in: app}
  edge: behind
  acme: {email: a@b.c, directory: "https://d/", staging: true}
  trusted_proxies: [10.0.0.0/8, "::1"]
  tunnel: {kind: tailscale, service: tunnel, name: n}
services:
  app:
    x-landfast:
      route:
        - {host: h.example, path: /api, port: 3000, strip: true, body: 1g, headers: {X-A: b, Server: }, allow: [10.0.0.1], timeout: 5s, compress: false, auth: {eve: "$$2y$$05$$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6"}}
        - {host: h.example, static: /srv/app, spa: true}
        - Files.Example/docs
        - ":80"
      tls: {cert: certs/c.pem, key: /k.pem}
      drain: 30s
      hold: 55s
      migrate: {sql: ./sql}
      pending: [a, b]
      first: true
      overlap: true
      shared: [vol]
      store: postgres
      backup: false
      when: V
)";

Result<Project> with_every_key() {
  return with_beside(every_key, {{"V", "1"}},
                     "services:\n  app: {image: a, volumes: [\"vol:/v\"]}\n  tunnel: {image: t}\n"
                     "volumes: {vol: }\n");
}

TEST_CASE("every key of the stack is decoded") {
  const auto p = with_every_key();
  REQUIRE_MESSAGE(p.has_value(), (p ? "" : p.error().text + " " + p.error().path));
  const auto& s = p->landfast;
  CHECK(s.tier == Tier::hardened);
  CHECK(s.backup->to == "/srv/app/b");
  CHECK(s.backup->every == "0 3 * * *");
  CHECK(s.backup->keep_monthly == 12);
  CHECK(s.backup->skip == std::vector<std::string>{"vol"});
  CHECK(s.backup->ping.reveal() == "https://ping/1");
  CHECK(s.guard.max_age == std::chrono::hours(24));
  CHECK(s.guard.files == std::int64_t{5} << 30);
  CHECK(s.guard.keep == 2);
  CHECK(s.edge == EdgeMode::behind);
  CHECK(s.acme.staging);
  CHECK(s.acme.directory == "https://d/");
  CHECK(s.trusted_proxies == std::vector<std::string>{"10.0.0.0/8", "::1"});
  CHECK(s.tunnel->kind == TunnelKind::tailscale);
  CHECK(s.tunnel->service == "tunnel");
}

TEST_CASE("verify is decoded, each check with its place") {
  const auto p = with_every_key();
  REQUIRE(p.has_value());
  const auto& checks = p->landfast.verify;
  REQUIRE(checks.size() == 5);  // the last asks the tunnel
  CHECK(checks[0].kind == CheckKind::http);
  CHECK(checks[0].target == "http://app:3000/x");
  CHECK(checks[0].in == "app");
  CHECK(checks[0].status == 200);
  CHECK(*checks[0].json == boost::json::parse(R"({"a": [1, "b"]})"));
  CHECK(checks[0].headers.at("c") == "d");
  CHECK(checks[0].mark.line == 6);
  CHECK(checks[1].kind == CheckKind::tcp);
  CHECK(checks[1].target == "a:1");
  CHECK_FALSE(checks[1].status.has_value());
  CHECK(checks[2].command == std::vector<std::string>{"x", "y z"});
  CHECK(checks[3].command == std::vector<std::string>{"test", "-f", "/a b"});
  CHECK(checks[3].kind == CheckKind::run);
  CHECK(checks[4].command.front() == "tailscale");
  CHECK(checks[4].in == "tunnel");
}

TEST_CASE("every key of a service is decoded") {
  const auto p = with_every_key();
  REQUIRE(p.has_value());
  const auto& s = p->services.at("app").landfast;
  CHECK(s.tls.kind == TlsKind::files);
  CHECK(s.tls.certificate == "/srv/app/certs/c.pem");
  CHECK(s.tls.key == "/k.pem");
  CHECK(s.drain == std::chrono::seconds(30));
  CHECK(s.hold == std::chrono::seconds(55));
  CHECK_FALSE(s.migrate);
  CHECK(s.migrate_sql == "/srv/app/sql");
  CHECK(s.pending == std::vector<std::string>{"a", "b"});
  CHECK(s.first);
  CHECK(s.overlap);
  CHECK(s.shared == std::vector<std::string>{"vol"});
  CHECK(s.store == "postgres");
  CHECK_FALSE(s.backup);
  CHECK(s.mark_of("overlap")->line == 28);
  CHECK(s.mark_of("nothing") == nullptr);
}

TEST_CASE("routes are decoded in all their forms") {
  const auto p = with_every_key();
  REQUIRE(p.has_value());
  const auto& routes = p->services.at("app").landfast.routes;
  REQUIRE(routes.size() == 4);
  CHECK(routes[0].host == "h.example");
  CHECK(routes[0].path == "/api");
  CHECK(routes[0].port == 3000);
  CHECK(routes[0].strip);
  CHECK(routes[0].body == std::int64_t{1} << 30);
  CHECK(routes[0].headers.at("X-A") == "b");
  CHECK_FALSE(routes[0].headers.at("Server").has_value());
  CHECK(routes[0].auth.at("eve").reveal().starts_with("$2y$05$"));
  CHECK(routes[0].timeout == std::chrono::seconds(5));
  CHECK(routes[0].compress == false);
  CHECK(routes[1].static_dir == "/srv/app");
  CHECK(routes[1].spa);
  CHECK(routes[2].host == "files.example");
  CHECK(routes[2].path == "/docs");
  CHECK(routes[3].published == 80);
  CHECK(routes[3].host.empty());
}

TEST_CASE("migrate has five forms, and none of them hides another") {
  const auto of = [](const std::string& value) {
    const auto p = with_beside("services:\n  app: {x-landfast: {migrate: " + value + "}}\n");
    REQUIRE(p.has_value());
    return p->services.at("app").landfast;
  };
  CHECK(of("true").migrate);
  CHECK_FALSE(of("false").migrate);
  CHECK(of("none").migrate_none);
  CHECK_FALSE(of("none").migrate);
  CHECK(of("[a, b]").migrate_command == std::vector<std::string>{"a", "b"});
  CHECK(of("{sql: db}").migrate_sql == "/srv/app/db");
}

TEST_CASE("the network of a proxy is an external one of the file, or one of the engine") {
  const auto behind = [](const std::string& network, const std::string& networks) {
    return with_beside("x-landfast: {edge: {behind: " + network + "}}", {}, stack + networks);
  };
  const auto engine = behind("shop_front", "");
  REQUIRE(engine.has_value());
  CHECK(engine->landfast.edge == EdgeMode::behind);
  CHECK(engine->landfast.edge_behind == "shop_front");
  CHECK(engine->landfast.edge_mark.line == 1);
  const auto key = behind("front", "networks: {front: {external: true, name: shop_front}}\n");
  REQUIRE(key.has_value());
  CHECK(key->landfast.edge_behind == "shop_front");
  CHECK(behind("front", "networks: {front: {external: true}}\n")->landfast.edge_behind == "front");
  const auto own = behind("front", "networks: {front: {}}\n");
  REQUIRE_FALSE(own.has_value());
  CHECK(own.error().text == "the network front is this stack's own, and no proxy's");
  CHECK(own.error().mark->line == 1);
  CHECK_FALSE(behind("'a b'", "").has_value());
  CHECK_FALSE(with_beside("x-landfast: {edge: {}}").has_value());
}

TEST_CASE("a nginx that is driven is a container and a folder") {
  const auto p = with_beside("x-landfast: {edge: {nginx: proxy, folder: landfast.d}}");
  REQUIRE(p.has_value());
  CHECK(p->landfast.edge == EdgeMode::nginx);
  CHECK(p->landfast.edge_nginx.container == "proxy");
  CHECK(p->landfast.edge_nginx.folder == "/srv/app/landfast.d");
  CHECK_FALSE(with_beside("x-landfast: {edge: {nginx: proxy, behind: front}}").has_value());
  CHECK_FALSE(with_beside("x-landfast: {edge: {behind: front, folder: /a}}").has_value());
  CHECK_FALSE(with_beside("x-landfast: {edge: {nginx: 'a b'}}").has_value());
}

TEST_CASE("first decides whatever the profiles say") {
  const auto p = with_beside("services:\n  migrate: {x-landfast: {first: true}}\n");
  REQUIRE(p.has_value());
  CHECK(p->services.contains("migrate"));
}

TEST_CASE("what cannot be meant is an error at its place") {
  const std::pair<const char*, const char*> cases[] = {
      {"x-landfast: {verify: [{status: 200}]}", "one of http, tcp, run is missing here"},
      {"x-landfast: {verify: [{http: 'http://a', tcp: 'a:1'}]}", "http and tcp exclude each other"},
      {"x-landfast: {verify: [{tcp: 'a:1', status: 200}]}",
       "`status` goes with `http`, which is missing here"},
      {"x-landfast: {verify: [{run: 'a \"b'}]}", "\"a \"b\" cannot be split into words"},
      {"x-landfast: {verify: [{run: []}]}", "the command is empty"},
      {"x-landfast: {verify: [{run: x, in: ap}]}", "the compose file has no service \"ap\""},
      {"x-landfast: {verify: [{http: 'app:3000'}]}",
       "\"app:3000\" is not a URL, such as http://app:3000/health"},
      {"x-landfast: {trusted_proxies: [10.0.0.0/33]}",
       "\"10.0.0.0/33\" is not an address or a block of them, such as 10.0.0.0/8"},
      {"x-landfast: {backup: {every: '0 3 * * *'}}", "`to` is missing here"},
      {"x-landfast: {guard: {keep: -1}}", "-1 is not in the range 0 to 100000"},
      {"services: {app: {x-landfast: {shared: [vol]}}}", "app mounts no volume \"vol\""},
      {"services: {app: {x-landfast: {route: 'http://a'}}}",
       "\"http://a\" is not HOST, HOST/PATH or :PORT"},
      {"services: {app: {x-landfast: {route: {host: a, port: 70000}}}}",
       "70000 is not in the range 1 to 65535"},
      {"services: {app: {x-landfast: {route: {host: a, auth: {eve: secret}}}}}",
       "this is not the bcrypt or argon2id hash of a password"},
      {"services: {app: {x-landfast: {tls: {cert: a}}}}", "`key` is missing here"},
      {"services: {app: {x-landfast: {drain: -5s}}}",
       "\"-5s\" is not a duration, such as 30s or 24h"},
      {"services: {app: {x-landfast: {tls: acm}}}",
       "\"acm\" is not one of acme, internal, self-signed, off"}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto p = with_beside(text);
    REQUIRE_FALSE(p.has_value());
    CHECK(p.error().text == expected);
    CHECK(p.error().mark->line == 1);
  }
}

}  // namespace landfast
