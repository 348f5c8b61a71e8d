// SPDX-License-Identifier: Apache-2.0
#include "compose/config_output.h"

#include <doctest/doctest.h>

#include "map_files.h"

namespace landfast {
namespace {

using test::MapFiles;
using test::request_in_app;

constexpr const char* stack = R"(
services:
  web: {image: "nginx:${TAG:-1}", depends_on: [app], volumes: ["vol:/v"], profiles: [p]}
  app: {build: ., env_file: a.env, environment: {D: "$$x", R: "${NEED:?m}"}}
volumes: {vol: , unused: }
)";

std::string form(ConfigForm form, bool interpolate = true) {
  ConfigRequest request{request_in_app(), form, {}};
  request.load.profiles = {"p"};
  request.load.interpolate = interpolate;
  request.load.environment["NEED"] = "n";
  const MapFiles files({{"/srv/app/compose.yaml", stack}, {"/srv/app/a.env", "E=1\n"}});
  const auto text = config_text(request, files);
  return text ? text->text : "error: " + text.error().text;
}

}  // namespace

TEST_CASE("the short forms") {
  CHECK(form(ConfigForm::services) == "app\nweb\n");
  CHECK(form(ConfigForm::images) == "app-app\nnginx:1\n");
  CHECK(form(ConfigForm::volumes) == "vol\n");
  CHECK(form(ConfigForm::networks) == "default\n");
  CHECK(form(ConfigForm::profiles) == "p\n");
  CHECK(form(ConfigForm::models) == "");
  CHECK(form(ConfigForm::quiet) == "");
  CHECK(form(ConfigForm::environment) == "COMPOSE_PROJECT_NAME=app\nNEED=n\nPWD=/srv/app\n");
}

TEST_CASE("variables are listed with their defaults") {
  CHECK(form(ConfigForm::variables) ==
        "NAME                REQUIRED            DEFAULT VALUE       ALTERNATE VALUE\n"
        "NEED                true                                    \n"
        "TAG                 false               1                   \n");
}

TEST_CASE("dollars are doubled, except where nothing is interpolated") {
  CHECK(form(ConfigForm::json).find("\"D\": \"$$x\"") != std::string::npos);
  CHECK(form(ConfigForm::yaml).find("D: $$x\n") != std::string::npos);
  CHECK(form(ConfigForm::yaml, false).find("image: nginx:${TAG:-1}\n") != std::string::npos);
}

TEST_CASE("the hash form has one line a service, and an unknown one is refused") {
  const auto text = form(ConfigForm::hash);
  CHECK(text.starts_with("app "));
  CHECK(text.find("\nweb ") == 68);
  ConfigRequest request{request_in_app(), ConfigForm::hash, {"nope"}};
  const MapFiles files({{"/srv/app/compose.yaml", "services: {a: {image: x}}"}});
  CHECK_FALSE(config_text(request, files).has_value());
}

TEST_CASE("the content of a secret is in no form") {
  auto request = request_in_app();
  request.environment["TOKEN"] = "hidden-value";
  const MapFiles files(
      {{"/srv/app/compose.yaml",
        "services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {environment: TOKEN}}"}});
  for (const auto f : {ConfigForm::json, ConfigForm::yaml})
    for (const bool interpolate : {true, false}) {
      request.interpolate = interpolate;
      const auto text = config_text({request, f, {}}, files);
      REQUIRE(text.has_value());
      CHECK(text->text.find("hidden-value") == std::string::npos);
    }
}

}  // namespace landfast
