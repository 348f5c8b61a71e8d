// SPDX-License-Identifier: Apache-2.0
#include "compose/load.h"

#include <doctest/doctest.h>

#include "base/digest.h"
#include "map_files.h"

namespace landfast {
namespace {

using test::load_text;
using test::MapFiles;
using test::request_in_app;

constexpr const char* stack = R"(
services:
  db:
    image: postgres:15
    environment: {POSTGRES_PASSWORD: secret, UNSET: }
    volumes: ["data:/var/lib/postgresql/data", "./init.sql:/init.sql:ro"]
    healthcheck: {test: pg_isready, interval: 5s, retries: 3, start_period: 10s}
    restart: unless-stopped
  app:
    build: .
    ports: ["127.0.0.1:3000:3000"]
    expose: ["9000"]
    depends_on:
      db: {condition: service_healthy, restart: true}
    networks: {back: {priority: 5}, front: }
    secrets: [token]
    configs: [{source: conf, target: etc/app.conf, mode: 0440}]
    labels: [a=b]
    stop_grace_period: 1m30s
    deploy: {replicas: 2}
  worker:
    image: w
    profiles: [extra]
networks: {back: {internal: true}, front: }
volumes: {data: }
secrets: {token: {environment: TOKEN}}
configs: {conf: {file: ./app.conf}}
)";

Project loaded(const LoadRequest& request, const MapFiles& files) {
  auto project = load(request, files);
  REQUIRE_MESSAGE(project.has_value(), (project ? "" : project.error().text));
  return std::move(*project);
}

Project loaded_stack() {
  auto request = request_in_app();
  request.environment["TOKEN"] = "t0k";
  return loaded(request, MapFiles({{"/srv/app/compose.yaml", stack}}));
}

}  // namespace

TEST_CASE("a project has the names, files and services of the file") {
  const auto p = loaded_stack();
  CHECK(p.name == "app");
  CHECK(p.working_dir == "/srv/app");
  CHECK(p.config_files == std::vector<std::string>{"/srv/app/compose.yaml"});
  CHECK(p.services.size() == 2);
  CHECK(p.disabled.contains("worker"));
  CHECK(p.networks.at("back").name == "app_back");
  CHECK(p.volumes.at("data").name == "app_data");
}

TEST_CASE("a service is decoded into the model") {
  const auto p = loaded_stack();
  const auto& db = p.services.at("db");
  CHECK(db.image == "postgres:15");
  CHECK(db.restart == "unless-stopped");
  CHECK(db.environment.at("POSTGRES_PASSWORD")->reveal() == "secret");
  CHECK_FALSE(db.environment.at("UNSET").has_value());
  CHECK(db.mounts[0].source == "data");
  CHECK(db.mounts[1].kind == MountKind::bind);
  CHECK(db.mounts[1].source == "/srv/app/init.sql");
  CHECK(db.mounts[1].read_only);
  CHECK(db.healthcheck.test == std::vector<std::string>{"CMD-SHELL", "pg_isready"});
  CHECK(db.healthcheck.interval == std::chrono::seconds(5));
  CHECK(db.healthcheck.retries == 3);
  CHECK(db.mark.line == 3);
  CHECK(db.mark.column == 3);
}

TEST_CASE("what depends, is published, granted and built is decoded too") {
  const auto p = loaded_stack();
  const auto& app = p.services.at("app");
  CHECK(app.has_build);
  CHECK(app.image == "app-app");
  CHECK(app.replicas == 2);
  REQUIRE(app.depends_on.size() == 1);
  CHECK(app.depends_on[0].condition == DependencyCondition::healthy);
  CHECK(app.depends_on[0].restart);
  CHECK(app.ports[0].host_ip == "127.0.0.1");
  CHECK(app.ports[0].target == 3000);
  CHECK(app.networks == std::vector<std::string>{"back", "front"});
  CHECK(app.secrets[0].target == "/run/secrets/token");
  CHECK(app.configs[0].target == "/etc/app.conf");
  CHECK(app.configs[0].mode == 0440);
  CHECK(app.stop_grace_period == std::chrono::seconds(90));
  CHECK(p.secrets.at("token").content->reveal() == "t0k");
}

TEST_CASE("naming services leaves them and what they need") {
  auto request = request_in_app();
  request.services = {"db"};
  const auto p = loaded(request, MapFiles({{"/srv/app/compose.yaml", stack}}));
  CHECK(p.services.size() == 1);
  CHECK(p.disabled.size() == 2);
  CHECK_FALSE(p.networks.contains("back"));
  request.services = {"worker"};
  const auto q = loaded(request, MapFiles({{"/srv/app/compose.yaml", stack}}));
  CHECK(q.services.contains("worker"));
  request.services = {"dbb"};
  const auto wrong = load(request, MapFiles({{"/srv/app/compose.yaml", stack}}));
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().hint == "did you mean `db`?");
}

TEST_CASE("content of files is attached with its digest") {
  auto p = loaded_stack();
  const MapFiles files({{"/srv/app/app.conf", "debug=1"}, {"/srv/app/init.sql", "select 1"}});
  REQUIRE(attach_content(p, files).has_value());
  CHECK(p.configs.at("conf").content->reveal() == "debug=1");
  CHECK(p.configs.at("conf").digest == sha256_hex("debug=1"));
  CHECK(p.secrets.at("token").digest == sha256_hex("t0k"));
  CHECK(p.file_digests.at("/srv/app/init.sql") == sha256_hex("select 1"));
}

TEST_CASE("a missing config file is an error with its place, a missing bind source is none") {
  auto p = loaded_stack();
  const auto done = attach_content(p, MapFiles());
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().mark->line == 27);
  CHECK(done.error().path == "configs.conf.file");
  CHECK(p.file_digests.empty());
}

TEST_CASE("no compose file is not found, and says what was looked for") {
  const auto none = load(request_in_app(), MapFiles());
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == Code::not_found);
  CHECK(none.error().hint.find("docker-compose.yml") != std::string::npos);
}

TEST_CASE("the file is looked for in the folders above, standard input is read for -") {
  auto request = request_in_app();
  request.cwd = "/srv/app/deep/er";
  const MapFiles files({{"/srv/app/compose.yaml", "services: {a: {image: x}}"}});
  CHECK(loaded(request, files).working_dir == "/srv/app");
  request.files = {"-"};
  request.standard_input = "name: piped\nservices: {b: {image: y}}";
  CHECK(loaded(request, MapFiles()).name == "piped");
}

TEST_CASE("unset variables are warned of once, with their place") {
  const auto p = load_text("services:\n  a: {image: \"x$A\", hostname: \"y$A\"}\n");
  REQUIRE(p.has_value());
  REQUIRE(p->warnings.size() == 1);
  CHECK(p->warnings[0].mark->line == 2);
}

}  // namespace landfast
