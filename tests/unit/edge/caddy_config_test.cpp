// SPDX-License-Identifier: Apache-2.0
#include "edge/caddy_config.h"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <fstream>

#include "io/loop.h"
#include "io/process.h"
#include "unit/edge/local_caddy.h"
#include "unit/edge/table_cases.h"

namespace landfast {
namespace {

using test::host_route;
using test::port_route;
using test::table_with;

const GivenCertificates given{
    {"/etc/ssl/app/fullchain.pem", {"/edge/data/given/0.crt", "/edge/data/given/0.key"}}};

std::string golden_path(const std::string& name) {
  return LANDFAST_SOURCE_DIR "/tests/golden/edge/" + name + ".json";
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Calls `look` with each object of a value.
template <class Look>
void each_object(const boost::json::value& v, Look look) {
  if (v.is_array())
    for (const auto& item : v.as_array()) each_object(item, look);
  if (!v.is_object()) return;
  look(v.as_object());
  for (const auto& member : v.as_object()) each_object(member.value(), look);
}

TEST_CASE("tables become the configurations of tests/golden/edge") {
  // LANDFAST_ACCEPT=1 writes them anew, for a person to read the difference.
  const bool accepts = std::getenv("LANDFAST_ACCEPT") != nullptr;
  for (const auto& c : test::table_cases()) {
    CAPTURE(c.name);
    const auto config = caddy_config(c.table, {}, given);
    REQUIRE_MESSAGE(config, config.error().text);
    const auto text = caddy_text(*config);
    if (accepts) std::ofstream(golden_path(c.name)) << text;
    CHECK(text == read(golden_path(c.name)));
  }
}

TEST_CASE("Caddy takes every configuration of tests/golden/edge") {
  const auto program = test::caddy_program();
  if (program.empty()) {
    MESSAGE("not run: no Caddy; tools/images --caddy fetches it");
    return;
  }
  const test::Scratch scratch;
  Loop loop;
  CaddyLayout layout;
  layout.slots = layout.data = layout.run = scratch.path();
  for (const auto& c : test::table_cases()) {
    if (c.name == "host-given-files") continue;  // its files are not there
    CAPTURE(c.name);
    const auto path = scratch.path() + "/" + c.name + ".json";
    std::ofstream(path) << caddy_text(caddy_config(c.table, layout, given).value());
    ProcessRequest validate({program, "validate", "--config", path});
    validate.environment = {{"HOME", scratch.path()}};
    const auto result = loop.run(run_process(loop, std::move(validate)));
    REQUIRE(result);
    CHECK_MESSAGE(result->exit_code == 0, result->errors);
  }
}

TEST_CASE("every proxy keeps streams over a load, and dials only what a slot file says") {
  for (const auto& c : test::table_cases())
    each_object(caddy_config(c.table, {}, given).value(), [&](const boost::json::object& o) {
      CAPTURE(c.name);
      if (const auto* handler = o.if_contains("handler"); handler && *handler == "reverse_proxy")
        CHECK(o.at("stream_close_delay") == "24h");
      if (const auto* dial = o.if_contains("dial"))
        CHECK(dial->as_string().starts_with("{file./edge/slots/"));
    });
}

TEST_CASE("the interface for changes is a unix socket in every configuration") {
  for (const auto& c : test::table_cases()) {
    const auto config = caddy_config(c.table, {}, given).value();
    CHECK(config.at("admin").at("listen") == "unix//edge/run/admin.sock|0600");
  }
}

TEST_CASE("text that the edge would evaluate is refused, wherever it stands") {
  const auto refused = [](auto change) {
    auto r = host_route("app.example.com");
    change(r);
    const auto config = caddy_config(table_with(shared_edge, {r}), {}, given);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == Code::invalid);
  };
  refused([](auto& r) { r.route.host = "{env.HOME}"; });
  refused([](auto& r) { r.route.path = "/{file./etc/hostname}"; });
  refused([](auto& r) { r.route.headers["X-A"] = "{env.HOME}"; });
  refused([](auto& r) { r.route.headers["X-A"] = "a\r\nX-B: b"; });
  refused([](auto& r) { r.route.headers["{env.HOME}"] = "a"; });
  refused([](auto& r) { r.route.headers["X-*"] = std::nullopt; });
  refused([](auto& r) { r.route.allow = {"{env.HOME}"}; });
  refused([](auto& r) { r.route.static_dir = "/srv/{env.HOME}"; });
  refused(
      [](auto& r) { r.route.auth.emplace("{env.HOME}", Secret("$2a$14$0123456789012345678")); });
  refused([](auto& r) { r.route.auth.emplace("anna", Secret("{env.HOME}")); });
  refused([](auto& r) { r.tls = {TlsKind::files, "/{env.HOME}", "/k"}; });
}

TEST_CASE("what cannot be served is refused") {
  const auto error = [](const RouteTable& table) {
    const auto config = caddy_config(table, {}, given);
    REQUIRE_FALSE(config);
    return config.error().text;
  };
  CHECK(error(table_with(shared_edge, {host_route("*.example.com")})) ==
        "a certificate for *.example.com needs a DNS challenge");
  auto named = port_route(3000);
  named.tls.kind = TlsKind::acme;
  CHECK(error(table_with("shop-landfast-edge", {named})) == "a certificate for :3000 needs a name");
  CHECK(error(table_with(shared_edge,
                         {host_route("a.example.com"), host_route("a.example.com", "/", "web")}))
            .starts_with("a.example.com/ is served twice"));
  auto off = host_route("a.example.com"), internal = host_route("a.example.com", "/api", "api");
  off.tls.kind = TlsKind::off;
  internal.tls.kind = TlsKind::internal;
  CHECK(error(table_with(shared_edge, {off, internal})) ==
        "a.example.com is given different tls by two routes");
  auto mixed = host_route("a.example.com");
  mixed.route.auth.emplace("anna", Secret("$2a$14$01234567890123456789"));
  mixed.route.auth.emplace("bert", Secret("$argon2id$v=19$0123456789012345"));
  CHECK(error(table_with(shared_edge, {mixed})) ==
        "some passwords are hashed with bcrypt and some with argon2id");
}

TEST_CASE("how a host gets its certificate is decided by its name") {
  const auto kind = [](const char* host) {
    return caddy_config(table_with(shared_edge, {host_route(host)}), {}, {})
        .map([](const boost::json::object& config) { return boost::json::serialize(config); })
        .value();
  };
  CHECK(kind("app.example.com").find(R"("module":"acme")") != std::string::npos);
  for (const auto* host : {"localhost", "app.localhost", "nas", "nas.local", "a.test", "x.lan"})
    CHECK(kind(host).find(R"("module":"internal")") != std::string::npos);
  CHECK(kind("192.0.2.7").find(R"("https":{)") == std::string::npos);
}

}  // namespace
}  // namespace landfast
