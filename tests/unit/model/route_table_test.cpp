// SPDX-License-Identifier: Apache-2.0
#include "model/route_table.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

RouteTable part(const std::string& stack, const std::string& host, const std::string& path) {
  RouteTable t;
  t.edge = shared_edge;
  t.targets.push_back({target_id(stack, "app", 3000), stack, "app", 3000, 2});
  EdgeRoute r;
  r.target = t.targets.front().id;
  r.route.host = host;
  r.route.path = path;
  r.route.body = 1 << 30;
  r.route.timeout = std::chrono::seconds(30);
  r.route.compress = true;
  r.route.headers = {{"X-A", "b"}, {"Server", std::nullopt}};
  r.route.auth = {{"eva", Secret("$2y$10$abc")}};
  r.route.allow = {"10.0.0.0/8"};
  r.tls.kind = TlsKind::internal;
  t.routes.push_back(std::move(r));
  t.settings[stack] = {EdgeMode::behind,
                       {"a@b.c", "https://ca", true},
                       {"10.0.0.1"},
                       "front",
                       {"proxy", "/srv/landfast.d"}};
  return t;
}

TEST_CASE("a target's id is the head of a digest of stack, service and port") {
  CHECK(target_id("shop", "app", 3000).size() == 16);
  CHECK(target_id("shop", "app", 3000) != target_id("shop", "app", 3001));
}

TEST_CASE("a table is read as it was written") {
  const auto table = part("shop", "shop.test", "/");
  const auto read = route_table(to_json(table));
  REQUIRE(read);
  CHECK(to_json(*read) == to_json(table));
  CHECK(read->routes.front().route.auth.at("eva").reveal() == "$2y$10$abc");
  CHECK_FALSE(read->routes.front().route.headers.at("Server"));
  auto damaged = to_json(table);
  damaged["targets"] = 1;
  CHECK(route_table(damaged).error().code == Code::corrupt);
}

RouteTable behind_tunnel(const std::string& service, const std::string& host) {
  auto t = part("shop", host, "/");
  t.targets.front() = {target_id("shop", service, 3000), "shop", service, 3000, 1};
  auto& r = t.routes.front();
  r.target = t.targets.front().id;
  r.route.port = 3000;
  r.tunnel = BehindTunnel{TunnelKind::tailscale,
                          "shop.example",
                          {{"shop_tunnel", {service, "www"}}, {"other", {service}}},
                          {"172.20.0.0/16"}};
  return t;
}

TEST_CASE("what is behind a tunnel is read as it was written, and counts for the revision") {
  auto table = behind_tunnel("app", "");
  const auto read = route_table(to_json(table));
  REQUIRE(read);
  CHECK(read->routes.front().tunnel == table.routes.front().tunnel);
  CHECK(read->taken_names() == table.taken_names());
  CHECK(table.taken_names().at("shop_tunnel") == std::vector<std::string>{"app", "www"});
  const auto before = revision_of(table);
  table.routes.front().tunnel->sources.clear();
  CHECK(revision_of(table) != before);
}

TEST_CASE("two services behind a tunnel on one port are told apart by host only") {
  auto both = behind_tunnel("app", "");
  const auto other = behind_tunnel("web", "");
  both.targets.push_back(other.targets.front());
  both.routes.push_back(other.routes.front());
  const auto status = check_clashes(both);
  REQUIRE_FALSE(status);
  CHECK(status.error().text ==
        "port 3000 behind the tunnel is served twice: by app of stack shop and by web of stack "
        "shop");
  both.routes[0].route.host = "a.example";
  both.routes[1].route.host = "b.example";
  CHECK(check_clashes(both));
}

TEST_CASE("the revision tells tables apart and does not look at places in files") {
  auto table = part("shop", "shop.test", "/");
  const auto before = revision_of(table);
  table.routes.front().route.mark.line = 7;
  CHECK(revision_of(table) == before);
  table.routes.front().hold = std::chrono::seconds(1);
  CHECK(revision_of(table) != before);
}

TEST_CASE("a stack replaces only its own part") {
  auto both = with_stack(part("blog", "blog.test", "/"), "shop", part("shop", "shop.test", "/"));
  CHECK(both.targets.size() == 2);
  CHECK(both.settings.size() == 2);
  const auto moved = with_stack(both, "shop", part("shop", "shop.test", "/new"));
  REQUIRE(moved.routes.size() == 2);
  CHECK(moved.routes[0].route.host == "blog.test");
  CHECK(moved.routes[1].route.path == "/new");
  const auto without = with_stack(both, "shop", {});
  CHECK(revision_of(without) == revision_of(part("blog", "blog.test", "/")));
}

TEST_CASE("two stacks that claim the same host and path are both named") {
  const auto both = with_stack(part("blog", "a.test", "/"), "shop", part("shop", "a.test", "/"));
  const auto status = check_clashes(both);
  REQUIRE_FALSE(status);
  CHECK(status.error().text ==
        "a.test/ is served twice: by app of stack blog and by app of stack shop");
  CHECK(check_clashes(
      with_stack(part("blog", "a.test", "/"), "shop", part("shop", "a.test", "/api"))));
}

TEST_CASE("words and slots") {
  for (const auto word : {SlotWord::a, SlotWord::b, SlotWord::hold, SlotWord::down})
    CHECK(slot_word(to_string(word)) == word);
  CHECK_FALSE(slot_word("c"));
  CHECK(idle_slot(SlotWord::a) == SlotName::b);
  CHECK(idle_slot(SlotWord::b) == SlotName::a);
}

}  // namespace
}  // namespace landfast
