// SPDX-License-Identifier: Apache-2.0
#include "edge/nginx_config.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "model/driven_nginx.h"
#include "unit/edge/table_cases.h"

namespace landfast {
namespace {

using test::host_route;

const std::string edge = nginx_edge("shop");

std::string golden_path(const std::string& name) {
  return LANDFAST_SOURCE_DIR "/tests/golden/edge/" + name + ".conf";
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

SlotState serving_from(SlotWord word, std::vector<std::string> a, std::vector<std::string> b) {
  return {word, std::move(a), std::move(b)};
}

/// LANDFAST_ACCEPT=1 writes them anew, for a person to read the difference.
void check_golden(const std::string& name, const RouteTable& table,
                  const std::map<std::string, SlotState>& slots) {
  CAPTURE(name);
  const auto config = nginx_config(table, slots);
  REQUIRE_MESSAGE(config, config.error().text);
  if (std::getenv("LANDFAST_ACCEPT") != nullptr) std::ofstream(golden_path(name)) << config->text;
  CHECK(config->text == read(golden_path(name)));
}

TEST_CASE("slots become the files of tests/golden/edge") {
  const auto one = test::table_with(edge, {host_route("app.example.com")});
  const auto target = one.targets.front().id;
  const std::vector<std::string> first{"lf-1-app-1:3000"}, second{"lf-2-app-1:3000"};
  check_golden("nginx-serves", one, {{target, serving_from(SlotWord::b, first, second)}});
  check_golden("nginx-hold", one, {{target, serving_from(SlotWord::hold, first, second)}});

  auto api = host_route("app.example.com", "/api/v1.0", "api");
  api.route.strip = true;
  api.route.body = 1024;
  api.route.timeout = std::chrono::seconds(5);
  api.route.allow = {"10.0.0.0/8"};
  api.route.headers = {{"X-Frame-Options", "DENY \"now\""}, {"Server", std::nullopt}};
  auto many = test::table_with(edge, {host_route("app.example.com"), api, host_route("*.b.test")});
  std::map<std::string, SlotState> slots;
  for (const auto& t : many.targets)
    slots[t.id] = serving_from(SlotWord::a, {"lf-1-app-1:3000", "lf-1-app-2:3000"}, {});
  check_golden("nginx-all", many, slots);
}

TEST_CASE("only what serves decides the generation") {
  const auto table = test::table_with(edge, {host_route("app.example.com")});
  const auto target = table.targets.front().id;
  const auto of = [&](SlotWord word, const char* a, const char* b) {
    return nginx_config(table, {{target, serving_from(word, {a}, {b})}}).value().generation;
  };
  const auto now = of(SlotWord::a, "lf-1-app-1:3000", "127.0.0.1:1");
  CHECK(now == of(SlotWord::a, "lf-1-app-1:3000", "lf-2-app-1:3000"));
  CHECK(now != of(SlotWord::b, "lf-1-app-1:3000", "lf-2-app-1:3000"));
  CHECK(now != of(SlotWord::down, "lf-1-app-1:3000", "lf-2-app-1:3000"));
  CHECK(of(SlotWord::hold, "x", "y") == of(SlotWord::down, "x", "y"));
}

TEST_CASE("the file of a stack has its name") {
  CHECK(nginx_file("shop-landfast-nginx") == "landfast-shop.conf");
  CHECK(nginx_asked_as("shop-landfast-nginx") == "shop-landfast-nginx.invalid");
}

}  // namespace
}  // namespace landfast
