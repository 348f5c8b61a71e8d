// SPDX-License-Identifier: Apache-2.0
#include "compose/tunnel_rules.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "map_files.h"

namespace landfast {
namespace {

using test::load_text;

const std::string app = "  app: {image: a, x-landfast: {route: shop.example}}\n";

std::string with_tunnel(const std::string& service, const std::string& others = app,
                        const std::string& kind = "cloudflared") {
  return "x-landfast:\n  tunnel: {kind: " + kind + ", service: tunnel}\nservices:\n  tunnel: {" +
         service + "}\n" + others;
}

bool warns(const Result<Project>& p, const std::string& text) {
  return std::ranges::any_of(p->warnings,
                             [&](const auto& w) { return w.text.find(text) != std::string::npos; });
}

TEST_CASE("a tunnel names a service of the file") {
  const auto p = load_text(
      "x-landfast: {tunnel: {kind: cloudflared, service: tunel}}\n"
      "services: {tunnel: {image: t}}\n");
  REQUIRE_FALSE(p);
  CHECK(p.error().text == "the compose file has no service \"tunel\"");
  CHECK(p.error().hint == "did you mean `tunnel`?");
  CHECK(p.error().mark->line == 1);
}

TEST_CASE("the key of a tunnel may not stand in its command") {
  for (const std::string command : {"tunnel run --token abc", "tunnel run --token=abc"}) {
    CAPTURE(command);
    const auto p = load_text(with_tunnel("image: t, command: " + command));
    REQUIRE_FALSE(p);
    CHECK(p.error().path == "services.tunnel.command");
    CHECK(p.error().text.find("abc") == std::string::npos);
    CHECK(p.error().hint.find("TUNNEL_TOKEN") != std::string::npos);
    CHECK(p.error().mark->line == 4);
  }
  CHECK(load_text(with_tunnel("image: t, command: tunnel run --token-file /run/secrets/t")));
  CHECK(load_text(with_tunnel("image: t, environment: {TUNNEL_TOKEN: abc}")));
  const auto p = load_text(with_tunnel("image: t, command: up --authkey=abc", app, "tailscale"));
  REQUIRE_FALSE(p);
  CHECK(p.error().hint.find("TS_AUTHKEY") != std::string::npos);
}

TEST_CASE("the tunnel's own word is a gate where it can be asked") {
  const auto by_variable =
      load_text(with_tunnel("image: t, environment: {TUNNEL_METRICS: ':2000'}"));
  REQUIRE(by_variable);
  REQUIRE(by_variable->landfast.verify.size() == 1);
  CHECK(by_variable->landfast.verify[0].target == "http://tunnel:2000/ready");
  CHECK(by_variable->landfast.verify[0].in == "tunnel");
  CHECK(by_variable->landfast.verify[0].mark.line == 2);
  const auto by_option =
      load_text(with_tunnel("image: t, command: 'tunnel --metrics 0.0.0.0:9000 run'"));
  REQUIRE(by_option);
  CHECK(by_option->landfast.verify.at(0).target == "http://tunnel:9000/ready");
  for (const std::string none :
       {"image: t", "image: t, environment: {TUNNEL_METRICS: 'localhost:2000'}"}) {
    const auto p = load_text(with_tunnel(none));
    REQUIRE(p);
    CHECK(p->landfast.verify.empty());
    CHECK(warns(p, "set environment: TUNNEL_METRICS"));
  }
  const auto own = load_text(with_tunnel("image: t, healthcheck: {test: [CMD, 'true']}"));
  REQUIRE(own);
  CHECK(own->landfast.verify.empty());
  CHECK(own->warnings.empty());
  const auto off = load_text(with_tunnel("image: t, x-landfast: {when: TOKEN}"));
  REQUIRE(off);
  CHECK(off->landfast.verify.empty());
  const auto tailscale =
      load_text(with_tunnel("image: t, environment: {TS_SOCKET: /tmp/s.sock}", app, "tailscale"));
  REQUIRE(tailscale);
  const auto& check = tailscale->landfast.verify.at(0);
  CHECK(check.command == std::vector<std::string>{"tailscale", "--socket=/tmp/s.sock", "status",
                                                  "--json", "--peers=false"});
  CHECK(check.json->at("BackendState") == "Running");
}

TEST_CASE("what Cloudflare refuses, and what goes around the edge, is said") {
  const std::string ready = "image: t, environment: {TUNNEL_METRICS: ':2000'}";
  const auto large = load_text(with_tunnel(
      ready,
      "  app: {image: a, container_name: shop-app, x-landfast: {route: {host: s.example, "
      "body: 1g}}}\n"));
  REQUIRE(large);
  CHECK(warns(large, "Cloudflare refuses requests above 100 MB"));
  CHECK(warns(large, "as shop-app the tunnel reaches it around the edge"));
  CHECK(load_text(with_tunnel(ready))->warnings.empty());
  const auto undeclared =
      load_text("services:\n  cf: {image: 'cloudflare/cloudflared:2024.12.2'}\n" + app);
  REQUIRE(undeclared);
  CHECK(warns(undeclared, "it reaches app around the edge"));
}

}  // namespace
}  // namespace landfast
