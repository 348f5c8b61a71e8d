// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "map_files.h"

namespace landfast {
namespace {

using test::load_text;
using test::MapFiles;
using test::request_in_app;

/// All errors of a load, the first one first.
std::vector<Error> errors_of(const Result<Project>& result) {
  std::vector<Error> all;
  if (result) return all;
  all.push_back(result.error());
  for (const auto& e : result.error().more) all.push_back(e);
  return all;
}

std::string shape(const Error& e) {
  return e.mark ? std::to_string(e.mark->line) + ":" + std::to_string(e.mark->column) + " " + e.path
                : e.path;
}

}  // namespace

TEST_CASE("all errors of a file are said at once, in the order of the file") {
  const auto all = errors_of(load_text(R"(services:
  web:
    image: nginx
    prots: ["80:80"]
    user: 1000
    restart: ${POLICY:?say which}
    networks: [frnt]
    depends_on: [dbb]
  db:
    hostname: h
networks:
  front:
)"));
  std::vector<std::string> shapes;
  for (const auto& e : all) shapes.push_back(shape(e));
  CHECK(shapes == std::vector<std::string>{"4:5 services.web.prots", "5:11 services.web.user",
                                           "6:14 services.web.restart",
                                           "7:16 services.web.networks",
                                           "8:18 services.web.depends_on", "9:3 services.db"});
}

TEST_CASE("a misspelt key gets the nearest one, a wrong kind the right spelling") {
  const auto all = errors_of(load_text("services:\n  web:\n    imgae: x\n    user: 1000\n"));
  REQUIRE(all.size() >= 2);
  CHECK(all[1].hint == "did you mean `image`?");
  CHECK(all[1].mark->source_line == "    imgae: x");
  CHECK(all[2].hint == "write it between quotes: \"1000\"");
}

TEST_CASE("names that are not declared get the nearest one") {
  const auto all =
      errors_of(load_text("services:\n  web: {image: x, volumes: [\"dta:/d\"], secrets: [tokn]}\n"
                          "volumes: {data: }\nsecrets: {token: {file: t}}\n"));
  REQUIRE(all.size() == 2);
  CHECK(all[0].hint == "did you mean `data`?");
  CHECK(all[1].hint == "did you mean `token`?");
}

TEST_CASE("an error in an included file says the way there") {
  const MapFiles files({{"/srv/app/compose.yaml", "include: [sub/one.yaml]\n"},
                        {"/srv/app/sub/one.yaml", "include:\n  - two.yaml\n"},
                        {"/srv/app/sub/two.yaml", "services:\n  a: {image: x, foo: 1}\n"}});
  const auto all = errors_of(load(request_in_app(), files));
  REQUIRE(all.size() == 1);
  CHECK(all[0].mark->file == "/srv/app/sub/two.yaml");
  CHECK(all[0].trace == std::vector<std::string>{"included at /srv/app/compose.yaml:1:11",
                                                 "included at /srv/app/sub/one.yaml:2:5"});
}

TEST_CASE("an error in an extended file says the way there") {
  const MapFiles files(
      {{"/srv/app/compose.yaml", "services:\n  a: {extends: {file: b.yaml, service: b}}\n"},
       {"/srv/app/b.yaml", "services:\n  b: {image: x, portss: 1}\n"}});
  const auto all = errors_of(load(request_in_app(), files));
  REQUIRE(all.size() == 1);
  CHECK(all[0].mark->file == "/srv/app/b.yaml");
  CHECK(all[0].trace == std::vector<std::string>{"extended at /srv/app/compose.yaml:2:23"});
}

TEST_CASE("an error in an env file names that file and its line") {
  const MapFiles files({{"/srv/app/compose.yaml", "services:\n  a: {image: x, env_file: a.env}\n"},
                        {"/srv/app/a.env", "A=1\nB/C=2\n"}});
  const auto all = errors_of(load(request_in_app(), files));
  REQUIRE(all.size() == 1);
  CHECK(all[0].mark->file == "/srv/app/a.env");
  CHECK(all[0].mark->line == 2);
}

TEST_CASE("a cycle of dependencies is written out") {
  const auto all =
      errors_of(load_text("services:\n  a: {image: x, depends_on: [b]}\n"
                          "  b: {image: x, depends_on: [a]}\n"));
  REQUIRE(all.size() == 1);
  CHECK(all[0].text == "the services wait for each other: a → b → a");
}

TEST_CASE("a YAML error is said alone: nothing that follows from it") {
  const auto all = errors_of(load_text("services:\n  a:\n    image: x\n   bad: [\n"));
  CHECK(all.size() == 1);
}

TEST_CASE("a syntax error stands where it is to be repaired") {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"services:\n  a:\n    command: \"serve\n    image: x\n", "3:14 ",
       "the quote that begins here is never closed"},
      {"services:\n  a:\n    command: 'serve\n    image: 'x'\n", "3:14 ",
       "the quote that begins here is closed in line 4 only, and what follows there is not valid "
       "YAML"},
      {"services:\n  a:\n    image: x\n\tcommand: serve\n", "4:1 ",
       "a tab stands in the indentation of this line"},
      {"services:\n  a:\n  \t  image: x\n", "3:3 ", "a tab stands in the indentation of this line"},
      {"services:\n  a:\n    image: x\n   command: serve\n", "4:4 ",
       "the indentation of this line fits no line above it: the mapping around it begins in line "
       "2, column 3"}};
  for (const auto& [text, place, expected] : cases) {
    CAPTURE(text);
    const auto all = errors_of(load_text(text));
    REQUIRE(all.size() == 1);
    CHECK(shape(all[0]) == place);
    CHECK(all[0].text == expected);
  }
}

TEST_CASE("a hundred errors are enough, and a long value is cut") {
  std::string text = "services:\n";
  for (int i = 0; i < 500; ++i) text += "  s" + std::to_string(i) + ": {imgae: x}\n";
  CHECK(errors_of(load_text(text)).size() == 100);
  const auto all =
      errors_of(load_text("services: {a: {image: x, scale: \"" + std::string(5000, 'x') + "\"}}"));
  REQUIRE(all.size() == 1);
  CHECK(all[0].text.size() < 500);
}

TEST_CASE("services with more reads than the bounds allow are refused, not read") {
  std::map<std::string, std::string> texts;
  for (int i = 0; i < 60; ++i)
    texts["/srv/app/" + std::to_string(i) + ".yaml"] =
        "include: [" + std::to_string(i + 1) + ".yaml]\n";
  texts["/srv/app/60.yaml"] = "services: {a: {image: x}}\n";
  texts["/srv/app/compose.yaml"] = "include: [0.yaml]\n";
  const auto all = errors_of(load(request_in_app(), MapFiles(texts)));
  REQUIRE(all.size() == 1);
  CHECK(all[0].text == "included deeper than 50 files");
}

}  // namespace landfast
