// SPDX-License-Identifier: Apache-2.0
#include "compose/recorded_inputs.h"

#include <doctest/doctest.h>

#include "unit/compose/map_files.h"

namespace landfast::test {
namespace {

constexpr auto compose_text = R"(
services:
  app:
    image: registry/app:${IMAGE_TAG}
    environment: {LEVEL: "${LEVEL:-info}", FROM_SHELL: }
    env_file: [app.env, {path: none.env, required: false}]
    secrets: [key]
    configs: [site]
    volumes: ["./mounted.conf:/etc/mounted.conf"]
secrets: {key: {file: key.bin}}
configs: {site: {environment: SITE}}
)";

std::string every_byte() {
  std::string text;
  for (int c = 0; c < 256; ++c) text += static_cast<char>(c);
  return text;
}

/// A project of files, and what a release of it records.
struct Recorded {
  std::map<std::string, std::string> texts{{"/srv/app/compose.yaml", compose_text},
                                           {"/srv/app/.env", "IMAGE_TAG=1.4\n"},
                                           {"/srv/app/app.env", "TOKEN=abc\n"},
                                           {"/srv/app/key.bin", every_byte()},
                                           {"/srv/app/mounted.conf", "first"}};
  std::map<std::string, std::string> environment{{"FROM_SHELL", "yes"}, {"SITE", "blue"},
                                                 {"UNASKED", "x"},      {"LEVE", "no"},
                                                 {"SITE_NOT", "green"}, {"COMPOSE_ANSI", "never"}};
  std::map<std::string, std::string> images;
  Project project;

  RecordedInputs record() {
    const MapFiles disk(texts);
    const RecordingFiles files(disk);
    auto request = request_in_app();
    request.environment = environment;
    project = load(request, files).value();
    REQUIRE(override_images(project, images));
    REQUIRE(attach_content(project, disk));
    return recorded_inputs(request, files.seen(), project, images);
  }
};

TEST_CASE("a release is loaded again without its folder, from bytes") {
  Recorded a;
  const auto bytes = record_bytes(a.record());
  const auto record = record_from(bytes);
  REQUIRE(record);
  const auto again = load_recorded(*record, MapFiles());
  REQUIRE(again);
  CHECK(again->canonical.reveal() == a.project.canonical.reveal());
  CHECK(again->services.at("app").image == "registry/app:1.4");
  CHECK(again->services.at("app").environment.at("TOKEN")->reveal() == "abc");
  CHECK(again->secrets.at("key").content->reveal() == every_byte());
  CHECK(again->secrets.at("key").digest == a.project.secrets.at("key").digest);
  CHECK(again->configs.at("site").content->reveal() == "blue");
  CHECK(again->name == a.project.name);
  CHECK(again->config_files == a.project.config_files);
}

TEST_CASE("bind-mounted files are the user's: they count as they are today") {
  Recorded a;
  const auto record = a.record();
  const auto then = a.project.file_digests.at("/srv/app/mounted.conf");
  const auto same = load_recorded(record, MapFiles({{"/srv/app/mounted.conf", "first"}}));
  CHECK(same->file_digests.at("/srv/app/mounted.conf") == then);
  const auto other = load_recorded(record, MapFiles({{"/srv/app/mounted.conf", "second"}}));
  CHECK(other->file_digests.at("/srv/app/mounted.conf") != then);
}

TEST_CASE("of the environment only what the files could ask for is recorded") {
  Recorded a;
  const auto record = a.record();
  const std::map<std::string, std::string> wanted{
      {"FROM_SHELL", "yes"}, {"SITE", "blue"}, {"COMPOSE_ANSI", "never"}};
  CHECK(record.request.environment == wanted);
}

TEST_CASE("--image and standard input are inputs too") {
  Recorded a;
  a.images["app"] = "other/app:7";
  const auto again = load_recorded(a.record(), MapFiles());
  CHECK(again->services.at("app").image == "other/app:7");

  auto request = request_in_app();
  request.files = {"-"};
  request.standard_input = "services: {web: {image: \"web:${N}\"}}";
  request.environment = {{"N", "3"}, {"M", "4"}};
  const MapFiles none;
  const RecordingFiles files(none);
  const auto project = load(request, files).value();
  const auto record =
      record_from(record_bytes(recorded_inputs(request, files.seen(), project, {})));
  REQUIRE(record);
  CHECK(load_recorded(*record, none)->services.at("web").image == "web:3");
  CHECK(record->request.environment.size() == 1);
}

TEST_CASE("bytes that are no record are refused") {
  Recorded a;
  const std::string bytes(record_bytes(a.record()).reveal());
  for (const std::string text :
       {"", "{}", "[]", R"({"format":1})", R"({"format":"1","request":{},"images":{},"files":{}})"})
    CHECK(record_from(Secret(text)).error().code == Code::corrupt);
  CHECK(record_from(Secret(bytes.substr(0, bytes.size() / 2))).error().code == Code::corrupt);
  CHECK(record_from(Secret(R"({"format":2})")).error().code == Code::unsupported);
}

TEST_CASE("changed variables show their values only where an image reference has them") {
  Recorded a, b;
  b.texts["/srv/app/.env"] = "IMAGE_TAG=1.5\nLEVEL=debug\n";
  const auto changes = changed_variables(a.record(), b.record());
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].name == "IMAGE_TAG");
  CHECK(changes[0].before == "1.4");
  CHECK(changes[0].now == "1.5");
  CHECK(changes[1].name == "LEVEL");
  CHECK_FALSE(changes[1].shown);
  CHECK(changes[1].now.empty());
  CHECK(changed_variables(a.record(), a.record()).empty());
}

}  // namespace
}  // namespace landfast::test
