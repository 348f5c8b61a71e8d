// SPDX-License-Identifier: Apache-2.0
#include "plan/order.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

void add(Project& project, const std::string& name, const std::vector<std::string>& needs) {
  Service s;
  s.name = name;
  for (const auto& n : needs) s.depends_on.push_back(Dependency{n});
  project.services.emplace(name, std::move(s));
}

TEST_CASE("dependencies come first, ties by name") {
  Project project;
  add(project, "web", {"app"});
  add(project, "app", {"db", "cache"});
  add(project, "db", {});
  add(project, "cache", {});
  const auto order = dependency_order(project, {"web", "app", "db", "cache"});
  REQUIRE(order);
  CHECK(*order == std::vector<std::string>{"cache", "db", "app", "web"});
}

TEST_CASE("a circle is refused with the whole chain") {
  Project project;
  add(project, "a", {"b"});
  add(project, "b", {"c"});
  add(project, "c", {"a"});
  const auto order = dependency_order(project, {"a", "b", "c"});
  REQUIRE_FALSE(order);
  CHECK(order.error().text == "services depend on each other in a circle: a → b → c → a");
  CHECK(order.error().code == Code::invalid);
}

TEST_CASE("a selection brings its dependencies, as far as they are enabled") {
  Project project;
  add(project, "web", {"app", "off"});
  add(project, "app", {"db"});
  add(project, "db", {});
  add(project, "other", {});
  CHECK(with_dependencies(project, {"web"}) == std::set<std::string>{"app", "db", "web"});
}

TEST_CASE("who shares a namespace or volumes is named") {
  Service s;
  s.network_mode = "service:vpn";
  boost::json::object canonical;
  canonical["pid"] = "service:agent";
  canonical["ipc"] = "host";
  canonical["volumes_from"] = boost::json::array{"files:ro", "container:x"};
  s.canonical = Canonical(std::move(canonical));
  CHECK(namespace_owners(s) == std::set<std::string>{"agent", "files", "vpn"});
}

}  // namespace
}  // namespace landfast
