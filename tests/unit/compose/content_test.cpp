// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "unit/compose/map_files.h"

namespace landfast::test {
namespace {

Result<Project> attached(const std::string& options, std::map<std::string, std::string> texts) {
  texts["/srv/app/compose.yaml"] =
      "services:\n  app:\n    image: i\n    security_opt: " + options + "\n";
  const MapFiles files(std::move(texts));
  TRY(auto project, load(request_in_app(), files));
  TRY_VOID(attach_content(project, files));
  return project;
}

TEST_CASE("seccomp profiles are read from the project's folder") {
  const auto project =
      attached("[\"seccomp:own.json\", \"seccomp=/etc/other.json\", \"label:disable\"]",
               {{"/srv/app/own.json", "{\"a\": 1}"}, {"/etc/other.json", "{}"}});
  REQUIRE(project);
  const std::map<std::string, std::string> profiles{{"own.json", "{\"a\": 1}"},
                                                    {"/etc/other.json", "{}"}};
  CHECK(project->seccomp_profiles == profiles);
  const auto none = attached("[\"seccomp=unconfined\", \"seccomp=builtin\"]", {});
  REQUIRE(none);
  CHECK(none->seccomp_profiles.empty());
}

TEST_CASE("a seccomp profile that is missing or no JSON is an error with its place") {
  const auto missing = attached("[\"seccomp=none.json\"]", {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().text.find("none.json of the service \"app\" cannot be read") !=
        std::string::npos);
  CHECK(missing.error().path == "services.app.security_opt");
  CHECK(missing.error().mark);
  const auto broken = attached("[\"seccomp=p.json\"]", {{"/srv/app/p.json", "{"}});
  REQUIRE_FALSE(broken);
  CHECK(broken.error().text.find("is no JSON") != std::string::npos);
}

}  // namespace
}  // namespace landfast::test
