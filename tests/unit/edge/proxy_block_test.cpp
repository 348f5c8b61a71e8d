// SPDX-License-Identifier: Apache-2.0
#include "edge/proxy_block.h"

#include <doctest/doctest.h>

#include <fstream>

#include "io/loop.h"
#include "io/process.h"
#include "unit/edge/local_caddy.h"

namespace landfast {
namespace {

ProxyBlock shop() { return {"shop", {"app.example.com", "*.shop.example.com"}, "", "", ""}; }

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST_CASE("the block for nginx streams both ways and says who the client is") {
  const auto block = proxy_block(ProxyKind::nginx, shop());
  CHECK(has(block, "server_name app.example.com *.shop.example.com;"));
  for (const auto* line :
       {"proxy_pass http://127.0.0.1:8480;", "proxy_http_version 1.1;",
        "proxy_request_buffering off;", "proxy_buffering off;", "client_max_body_size 0;",
        "proxy_set_header Host $host;", "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;", "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $landfast_connection;"})
    CHECK_MESSAGE(has(block, line), line);
}

TEST_CASE("a proxy in a container finds the edge by its name, and asks for it again") {
  auto inside = shop();
  inside.network = "front";
  const auto block = proxy_block(ProxyKind::nginx, inside);
  for (const auto* line :
       {"resolver 127.0.0.11 valid=5s;", "set $landfast_edge landfast-edge:8480;",
        "proxy_pass http://$landfast_edge;", "proxy_set_header X-Forwarded-For $remote_addr;"})
    CHECK_MESSAGE(has(block, line), line);
  CHECK_FALSE(has(block, "127.0.0.1:8480"));
  CHECK(has(proxy_block(ProxyKind::caddy, inside), "reverse_proxy landfast-edge:8480"));
  CHECK(has(proxy_block(ProxyKind::traefik, inside), R"(- url: "http://landfast-edge:8480")"));
}

TEST_CASE("with a certificate nginx ends TLS, and HTTP goes there") {
  auto secured = shop();
  secured.certificate = "/etc/nginx/certs/app.pem";
  secured.key = "/etc/nginx/certs/app.key";
  const auto block = proxy_block(ProxyKind::nginx, secured);
  for (const auto* line :
       {"listen 443 ssl;", "ssl_certificate /etc/nginx/certs/app.pem;",
        "ssl_certificate_key /etc/nginx/certs/app.key;", "return 308 https://$host$request_uri;"})
    CHECK_MESSAGE(has(block, line), line);
  for (const auto* path : {"certs/a.pem", "/a;b", "/a b", "/a$b", "/{a}", ""})
    CHECK_MESSAGE(!is_plain_path(path), path);
  CHECK(is_plain_path(secured.key));
}

TEST_CASE("the block for Traefik names each host") {
  const auto block = proxy_block(ProxyKind::traefik, shop());
  CHECK(has(block, "rule: \"Host(`app.example.com`) || "));
  CHECK(has(block, R"lf(HostRegexp(`^[^.]+\\.shop\\.example\\.com$`)")lf"));
  CHECK(has(block, R"(- url: "http://127.0.0.1:8480")"));
}

TEST_CASE("the block for Caddy is one that Caddy takes") {
  const ProxyBlock one{"shop", {"app.example.com"}, "", "", ""};
  const auto block = proxy_block(ProxyKind::caddy, one);
  CHECK(block == "app.example.com {\n\treverse_proxy 127.0.0.1:8480\n}\n");
  const auto program = test::caddy_program();
  if (program.empty()) {
    MESSAGE("not asked: no Caddy; tools/images --caddy fetches it");
    return;
  }
  const test::Scratch scratch;
  const ProxyBlock inside{"shop", {"shop.example.com"}, "front", "", ""};
  std::ofstream(scratch.path("Caddyfile")) << block << proxy_block(ProxyKind::caddy, inside);
  Loop loop;
  for (const auto* verb : {"adapt", "validate"}) {
    ProcessRequest ask(
        {program, verb, "--adapter", "caddyfile", "--config", scratch.path("Caddyfile")});
    ask.environment = {{"HOME", scratch.path()}};
    const auto result = loop.run(run_process(loop, std::move(ask)));
    REQUIRE(result);
    CHECK_MESSAGE(result->exit_code == 0, result->errors);
  }
}

TEST_CASE("a proxy is known by its name") {
  CHECK(proxy_kind("nginx") == ProxyKind::nginx);
  CHECK(proxy_kind("traefik") == ProxyKind::traefik);
  CHECK_FALSE(proxy_kind("apache"));
}

}  // namespace
}  // namespace landfast
