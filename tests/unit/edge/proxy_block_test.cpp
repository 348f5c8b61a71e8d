// SPDX-License-Identifier: Apache-2.0
#include "edge/proxy_block.h"

#include <doctest/doctest.h>

#include <fstream>

#include "io/loop.h"
#include "io/process.h"
#include "unit/edge/local_caddy.h"

namespace landfast {
namespace {

const std::vector<std::string> hosts{"app.example.com", "*.shop.example.com"};

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST_CASE("the block for nginx streams both ways and says who the client is") {
  const auto block = proxy_block(ProxyKind::nginx, "shop", hosts);
  CHECK(has(block, "server_name app.example.com *.shop.example.com;"));
  for (const auto* line :
       {"proxy_pass http://127.0.0.1:8480;", "proxy_http_version 1.1;",
        "proxy_request_buffering off;", "proxy_buffering off;", "client_max_body_size 0;",
        "proxy_set_header Host $host;", "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;", "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $landfast_connection;"})
    CHECK_MESSAGE(has(block, line), line);
}

TEST_CASE("the block for Traefik names each host") {
  const auto block = proxy_block(ProxyKind::traefik, "shop", hosts);
  CHECK(has(block, "rule: \"Host(`app.example.com`) || "));
  CHECK(has(block, R"lf(HostRegexp(`^[^.]+\\.shop\\.example\\.com$`)")lf"));
  CHECK(has(block, R"(- url: "http://127.0.0.1:8480")"));
}

TEST_CASE("the block for Caddy is one that Caddy takes") {
  const auto block = proxy_block(ProxyKind::caddy, "shop", {"app.example.com"});
  CHECK(block == "app.example.com {\n\treverse_proxy 127.0.0.1:8480\n}\n");
  const auto program = test::caddy_program();
  if (program.empty()) {
    MESSAGE("not asked: no Caddy; tools/images --caddy fetches it");
    return;
  }
  const test::Scratch scratch;
  std::ofstream(scratch.path("Caddyfile")) << block;
  Loop loop;
  ProcessRequest adapt(
      {program, "adapt", "--adapter", "caddyfile", "--config", scratch.path("Caddyfile")});
  adapt.environment = {{"HOME", scratch.path()}};
  const auto result = loop.run(run_process(loop, std::move(adapt)));
  REQUIRE(result);
  CHECK_MESSAGE(result->exit_code == 0, result->errors);
}

TEST_CASE("a proxy is known by its name") {
  CHECK(proxy_kind("nginx") == ProxyKind::nginx);
  CHECK(proxy_kind("traefik") == ProxyKind::traefik);
  CHECK_FALSE(proxy_kind("apache"));
}

}  // namespace
}  // namespace landfast
