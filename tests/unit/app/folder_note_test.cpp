// SPDX-License-Identifier: Apache-2.0
#include "app/folder_note.h"

#include <doctest/doctest.h>

#include "plan/content_digest.h"
#include "plan/reasons.h"

namespace landfast {
namespace {

Project project_of(const std::string& image) {
  Project project;
  Service service;
  service.name = "app";
  service.image = image;
  service.canonical.edit()["image"] = image;
  project.services.emplace("app", std::move(service));
  return project;
}

Release release_of(const Project& project) {
  Release release;
  for (const auto& [name, service] : project.services) {
    auto& s = release.services[name];
    s.config_hash = service_config_hash(service, {});
    s.content_digest = content_digest(project, service);
  }
  return release;
}

TEST_CASE("a folder agrees with the release that was made of it, and with no other") {
  const auto one = project_of("app:1");
  CHECK(agrees(one, release_of(one)));
  CHECK_FALSE(agrees(one, release_of(project_of("app:2"))));
  auto more = project_of("app:1");
  more.services.emplace("db", Service{});
  CHECK_FALSE(agrees(more, release_of(one)));
  CHECK_FALSE(agrees(one, release_of(more)));
}

TEST_CASE("values are shown only of variables that stand in image references") {
  CHECK(variables_text({{"IMAGE_TAG", true, "1.4", "1.5"}, {"LEVEL", false, "", ""}}) ==
        "IMAGE_TAG 1.4 → 1.5, LEVEL");
  CHECK(variables_text({{"TAG", true, "", "2"}}) == "TAG (not set) → 2");
}

}  // namespace
}  // namespace landfast
