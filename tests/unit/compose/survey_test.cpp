// SPDX-License-Identifier: Apache-2.0
#include "compose/survey.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "map_files.h"

namespace landfast {
namespace {

using test::MapFiles;
using test::request_in_app;

constexpr const char* stack = R"(services:
  db:
    image: postgres:${PG}
    volumes: ["data:/var/lib/postgresql/data", "./conf:/conf:ro", "./one.txt:/one", "./new:/new"]
  migrate: {image: m, depends_on: [db]}
  app:
    image: a
    ports: ["127.0.0.1:3000:80"]
    depends_on: {migrate: {condition: service_completed_successfully}}
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
  "on": {image: o, profiles: [p], ports: ["80", "53:53/udp", "90-91:90-91"]}
volumes: {data: }
)";

MapFiles files(const std::string& beside = "") {
  std::map<std::string, std::string> all{{"/srv/app/compose.yaml", stack},
                                         {"/srv/app/conf/x", ""},
                                         {"/srv/app/one.txt", ""},
                                         {"/var/run/docker.sock", ""}};
  if (!beside.empty()) all["/srv/app/landfast.yaml"] = beside;
  return MapFiles(std::move(all));
}

Survey found() { return survey(request_in_app(), files()).value(); }

}  // namespace

TEST_CASE("a survey names the data, the one-shots, the ports and what has no value") {
  const auto s = found();
  REQUIRE(s.stateful.size() == 1);
  CHECK(s.stateful[0].places == std::vector<std::string>{"volume data at /var/lib/postgresql/data",
                                                         "folder /srv/app/new at /new"});
  REQUIRE(s.one_shots.size() == 1);
  CHECK(s.one_shots[0].service == "migrate");
  CHECK(s.one_shots[0].waited_for_by == std::vector<std::string>{"app"});
  REQUIRE(s.published.size() == 2);
  CHECK(s.published[0].ports == std::vector<std::string>{"127.0.0.1:3000 → 80/tcp"});
  CHECK(s.published[0].only == "3000");
  CHECK(s.published[1].service == "on");
  CHECK(s.published[1].only.empty());
  CHECK(s.unset == std::vector<std::string>{"PG"});
  CHECK(survey_text(s).find("migrate: waited for by app") != std::string::npos);
}

TEST_CASE("what init writes loads, and changes nothing by itself") {
  const auto before = load(request_in_app(), files());
  const auto after = load(request_in_app(), files(starter_file(found())));
  REQUIRE(after.has_value());
  CHECK(after->canonical.reveal() == before->canonical.reveal());
  CHECK(after->warnings.size() == before->warnings.size());
  CHECK(after->landfast.verify.empty());
}

TEST_CASE("each line of it loads once its comment sign is gone") {
  std::string bare;
  std::size_t number = 0;
  for (const auto& line : split(starter_file(found()), '\n'))
    if (++number > 4) bare += line.starts_with("# ") ? line.substr(2) + "\n" : "\n";
  CAPTURE(bare);
  const auto p = load(request_in_app(), files(bare));
  REQUIRE_MESSAGE(p.has_value(), (p ? "" : p.error().text));
  CHECK(p->services.at("migrate").landfast.migrate);
  CHECK(p->services.at("app").landfast.routes.at(0).published == 3000);
  CHECK(p->landfast.verify.at(0).target == "127.0.0.1:3000");
  CHECK(p->landfast.backup->to == "/srv/backups/app");
}

}  // namespace landfast
