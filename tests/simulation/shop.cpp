// SPDX-License-Identifier: Apache-2.0
#include "simulation/shop.h"

#include <fmt/format.h>

#include <algorithm>

namespace landfast {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view file = R"(
services:
  db:
    image: postgres:{db}
    restart: always
    volumes: [data:/data]
    healthcheck: {{test: [CMD, pg_isready], interval: 5s}}
  cache:
    image: redis:{cache}
    restart: always
    healthcheck: {{test: [CMD, redis-cli], interval: 5s}}
  migrate:
    image: app:{app}
    command: [migrate]
    x-landfast: {{migrate: true}}
    depends_on: {{db: {{condition: service_healthy}}}}
  app:
    image: app:{app}
    restart: unless-stopped
    environment: {{LEVEL: "{level}"}}
    depends_on:
      db: {{condition: service_healthy}}
      cache: {{condition: service_started}}
      migrate: {{condition: service_completed_successfully}}
  side:
    image: side:1
    restart: always
    network_mode: service:app
  web:
    image: web:{web}
    restart: on-failure
    depends_on: [app{reaches}]{route}
volumes: {{data: }}
x-landfast:
  verify: [{{http: "http://app:80/"}}, {{tcp: "cache:6379", in: app}}, {{run: [ping], in: db}}]
)";

FakeImage app_image(int version, int slowness) {
  FakeImage app;
  app.config["ExposedPorts"] = boost::json::object{{"80/tcp", boost::json::object()}};
  app.behaviour.ready_after = milliseconds(50) * slowness;
  app.behaviour.stop_duration = milliseconds(40) * slowness;
  app.behaviour.flaps = version == 2 ? 1 : 0;
  if (version == 9) app.behaviour.start_error = "exec: no such file";
  FakeImageBehaviour migrate;
  migrate.exits_after = milliseconds(30) * slowness;
  migrate.exit_code = version == 8 ? 1 : 0;
  app.by_command["migrate"] = migrate;
  return app;
}

FakeImage web_image(int version, int slowness) {
  auto web = app_image(version, slowness);
  web.behaviour.start_error.clear();
  if (version == 9) web.behaviour.exits_after = milliseconds(20);
  web.behaviour.exit_code = version == 9 ? 2 : 0;
  return web;
}

bool has_level_9(const FakeContainer& c, const std::string& address) {
  const bool there = std::any_of(c.endpoints.begin(), c.endpoints.end(),
                                 [&](const auto& e) { return e.second.ip == address; });
  const auto* environment = c.config.if_contains("Env");
  if (!there || environment == nullptr || !environment->is_array()) return false;
  const auto& list = environment->as_array();
  return std::find(list.begin(), list.end(), "LEVEL=9") != list.end();
}

}  // namespace

std::string Versions::yaml() const {
  std::string route;
  if (routed) route = "\n    x-landfast: {route: \":8080\"}";
  if (routed && admin)
    route = "\n    x-landfast: {route: [\":8080\", {host: \":8080\", path: /admin, body: 1m}]}";
  return fmt::format(file, fmt::arg("db", db), fmt::arg("cache", cache), fmt::arg("app", app),
                     fmt::arg("web", web), fmt::arg("level", level),
                     fmt::arg("reaches", reaches ? ", db" : ""), fmt::arg("route", route));
}

std::string Versions::wanted() const {
  return fmt::format(
      "shop-app-1 running app:{0} unless-stopped\nshop-cache-1 running redis:{1} always\n"
      "shop-db-1 running postgres:{2} always\nshop-migrate-1 exited app:{0} no\n"
      "shop-side-1 running side:1 always\nshop-web-1 running web:{3} on-failure\n",
      app, cache, db, web);
}

void load_shop_images(Stage& stage, int slowness) {
  FakeImageBehaviour db;
  db.ready_after = milliseconds(200) * slowness;
  db.temporary_server_until = milliseconds(80) * slowness;
  db.stop_duration = milliseconds(150) * slowness;
  for (const auto* tag : {"postgres:15", "postgres:16"}) stage.image(tag, db, {"5432/tcp"}, {});
  for (const auto* tag : {"redis:7", "redis:8"}) stage.image(tag, {}, {"6379/tcp"}, {"/cache"});
  stage.image("side:1");
  stage.probe.answer = [&stage](const HttpProbe& request) -> Result<HttpAnswer> {
    const auto& daemon = stage.engine.daemon;
    if (!daemon.accepts(request.address, request.port))
      return fail(Code::unavailable, "cannot connect to " + request.address);
    HttpAnswer answer;
    answer.status = 200;
    for (const auto* c : daemon.all())
      if (has_level_9(*c, request.address)) answer.status = 500;
    return answer;
  };
  for (const int v : {1, 2, 8, 9}) {
    stage.engine.daemon.load(fmt::format("app:{}", v), app_image(v, slowness));
    stage.engine.daemon.load(fmt::format("web:{}", v), web_image(v, slowness));
  }
}

}  // namespace landfast
