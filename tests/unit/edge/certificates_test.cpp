// SPDX-License-Identifier: Apache-2.0
// Certificates on a real Caddy: from its own authority, from files, and from a real ACME server
// (pebble). Without Caddy, pebble or root these cases say so and end.
#include "edge/certificates.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/file.h"
#include "io/process.h"
#include "unit/edge/local_caddy.h"
#include "unit/edge/table_cases.h"

namespace landfast {
namespace {

using test::Companion;
using test::host_route;
using test::LocalCaddy;
using test::table_with;

constexpr std::chrono::seconds issue_limit{60};

bool has(const std::string& program) {
  const char* path = std::getenv("PATH");
  return !find_programs(program, path == nullptr ? "" : path).empty();
}

bool can_run() {
  if (::geteuid() == 0 && !test::caddy_program().empty() && has("openssl") && has("curl"))
    return true;
  MESSAGE("not run: needs root, openssl, curl and Caddy; tools/images --caddy fetches it");
  return false;
}

/// Serves a table of the shared edge from lf-1-app-1.
void serve(LocalCaddy& caddy, const RouteTable& table) {
  auto& edge = caddy.edge();
  const auto applied = caddy.run(edge.apply(table, ""));
  REQUIRE_MESSAGE(applied, applied.error().text);
  caddy.start_app("lf-1-app-1");
  caddy.start_edge();
  for (const auto& target : table.targets) {
    REQUIRE(caddy.run(edge.set_address(table.edge, target.id, SlotName::a, {"lf-1-app-1:3000"})));
    REQUIRE(caddy.run(edge.switch_to(table.edge, target.id, SlotWord::a)));
  }
}

std::string got(LocalCaddy& caddy, const std::string& host, const std::string& root) {
  return caddy.output_of({"curl", "-sS", "--max-time", "10", "--noproxy", "*", "--cacert", root,
                          "--resolve", fmt::format("{}:443:{}", host, caddy.layout().bind),
                          fmt::format("https://{}/", host)});
}

/// Waits until a host has another certificate than the one with this fingerprint.
CertificateFacts next_certificate(LocalCaddy& caddy, const std::string& host,
                                  const std::string& before = "") {
  const auto until = std::chrono::steady_clock::now() + issue_limit;
  for (;;) {
    const auto facts = caddy.run(caddy.edge().facts(caddy.name())).value();
    for (const auto& c : host_certificates(facts))
      if (c.host == host && c.facts && c.facts->fingerprint != before) return *c.facts;
    if (std::chrono::steady_clock::now() > until) {
      std::ifstream log(caddy.path("log"));
      FAIL(std::string(std::istreambuf_iterator<char>(log), {}));
    }
    caddy.run(sleep_for(caddy.loop(), std::chrono::milliseconds(20)));
  }
}

/// A certificate and its key for a name, made by the openssl program.
void make_pair(LocalCaddy& caddy, const std::string& name, const std::string& alternative) {
  caddy.output_of({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=" + name,
                   "-addext", "subjectAltName=" + alternative, "-out", caddy.path(name + ".crt"),
                   "-keyout", caddy.path(name + ".key")});
}

TEST_CASE("who trusts the edge's own authority reaches https://app.localhost") {
  if (!can_run()) return;
  LocalCaddy caddy(shared_edge);
  serve(caddy, table_with(shared_edge, {host_route("app.localhost")}));
  const auto facts = next_certificate(caddy, "app.localhost");
  CHECK(facts.names == std::vector<std::string>{"app.localhost"});
  CHECK(facts.issuer.find("Landfast local authority") != std::string::npos);
  const auto edge = caddy.run(caddy.edge().facts(shared_edge)).value();
  REQUIRE(local_root(edge));
  CHECK(got(caddy, "app.localhost", local_root_path(edge)) == "lf-1-app-1");
  // HTTP goes to HTTPS, with path and query.
  const auto moved =
      caddy.output_of({"curl", "-sS", "--max-time", "10", "--noproxy", "*", "-o", "/dev/null", "-w",
                       "%{http_code} %{redirect_url}", "--resolve",
                       "app.localhost:80:" + caddy.layout().bind, "http://app.localhost/a?b=c"});
  CHECK(moved == "308 https://app.localhost/a?b=c");
  // A name that nobody routes gets no certificate and no answer.
  CHECK_THROWS(got(caddy, "other.localhost", local_root_path(edge)));
}

/// A table with one host of given files, made for `caddy`.
RouteTable given_table(LocalCaddy& caddy) {
  auto r = host_route("app.example.com");
  r.tls = {TlsKind::files, caddy.path("app.example.com.crt"), caddy.path("app.example.com.key")};
  return table_with(shared_edge, {r});
}

HostCertificate only_certificate(LocalCaddy& caddy) {
  const auto all = host_certificates(caddy.run(caddy.edge().facts(shared_edge)).value());
  REQUIRE(all.size() == 1);
  return all[0];
}

std::size_t copies(LocalCaddy& caddy) {
  const std::filesystem::directory_iterator begin(caddy.files().data("given")), end;
  return static_cast<std::size_t>(std::distance(begin, end));
}

/// When Caddy took its configuration, as it says itself.
std::string last_load(LocalCaddy& caddy) {
  const auto metrics =
      caddy.output_of({"curl", "-sS", "--max-time", "10", "--unix-socket",
                       caddy.files().socket("admin.sock"), "http://localhost/metrics"});
  const auto at = metrics.find("\ncaddy_config_last_reload_success_timestamp_seconds ");
  REQUIRE(at != std::string::npos);
  return metrics.substr(at, metrics.find('\n', at + 1) - at);
}

TEST_CASE("given files are served, and read again when they change") {
  if (!can_run()) return;
  LocalCaddy caddy(shared_edge);
  make_pair(caddy, "app.example.com", "DNS:app.example.com");
  const auto table = given_table(caddy);
  serve(caddy, table);
  CHECK(got(caddy, "app.example.com", caddy.path("app.example.com.crt")) == "lf-1-app-1");
  const auto before = only_certificate(caddy);
  CHECK(before.given == GivenState::same);
  make_pair(caddy, "app.example.com", "DNS:app.example.com");
  CHECK(only_certificate(caddy).given == GivenState::newer);
  CHECK(only_certificate(caddy).facts->fingerprint == before.facts->fingerprint);
  auto loaded = last_load(caddy);
  const auto again = caddy.run(caddy.edge().apply(table, revision_of(table)));
  REQUIRE_MESSAGE(again, again.error().text);
  CHECK(got(caddy, "app.example.com", caddy.path("app.example.com.crt")) == "lf-1-app-1");
  CHECK(only_certificate(caddy).given == GivenState::same);
  CHECK(only_certificate(caddy).facts->fingerprint != before.facts->fingerprint);
  CHECK(copies(caddy) == 2);  // the older pair, its key too, is gone
  CHECK(last_load(caddy) != loaded);
  loaded = last_load(caddy);
  REQUIRE(caddy.run(caddy.edge().apply(table, revision_of(table))));
  CHECK(last_load(caddy) == loaded);
}

TEST_CASE("files that are spoilt later end nothing: the copy of before serves on") {
  if (!can_run()) return;
  LocalCaddy caddy(shared_edge);
  make_pair(caddy, "app.example.com", "DNS:app.example.com");
  const auto table = given_table(caddy);
  serve(caddy, table);
  const auto root = caddy.path("first.crt");
  std::filesystem::copy(caddy.path("app.example.com.crt"), root);
  make_pair(caddy, "other", "DNS:other.example.com");
  const auto spoil = [&](const std::string& from, const std::string& why) {
    std::filesystem::copy(caddy.path(from), caddy.path("app.example.com.crt"),
                          std::filesystem::copy_options::overwrite_existing);
    const auto now = only_certificate(caddy);
    CHECK(now.given == GivenState::unfit);
    CHECK_MESSAGE(now.why_unfit.find(why) != std::string::npos, now.why_unfit);
    const auto applied = caddy.run(caddy.edge().apply(table, revision_of(table)));
    REQUIRE_MESSAGE(applied, applied.error().text);
    CHECK(got(caddy, "app.example.com", root) == "lf-1-app-1");
  };
  spoil("other.crt", "this is not the key of");
  spoil("other.key", "not a certificate in PEM form");
  std::filesystem::remove(caddy.path("app.example.com.key"));
  CHECK(only_certificate(caddy).given == GivenState::unfit);
  REQUIRE(caddy.run(caddy.edge().apply(table, revision_of(table))));
  caddy.stop_edge();
  caddy.start_edge();
  CHECK(got(caddy, "app.example.com", root) == "lf-1-app-1");
  // A name that the copy does not have was never served: that is refused.
  auto more = table;
  more.routes.push_back(more.routes[0]);
  more.routes.back().route.host = "new.example.com";
  const auto refused = caddy.run(caddy.edge().apply(more, revision_of(table)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code != Code::unavailable);
}

TEST_CASE("given files that cannot serve are refused, and said why") {
  if (!can_run()) return;
  LocalCaddy caddy(shared_edge);
  make_pair(caddy, "app.example.com", "DNS:app.example.com");
  make_pair(caddy, "other.example.com", "DNS:other.example.com");
  const auto error = [&](const std::string& certificate, const std::string& key) {
    auto r = host_route("app.example.com");
    r.tls = {TlsKind::files, caddy.path(certificate), caddy.path(key)};
    const auto applied = caddy.run(caddy.edge().apply(table_with(shared_edge, {r}), ""));
    REQUIRE_FALSE(applied);
    return applied.error().text;
  };
  const auto says = [](const std::string& text, const char* part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  says(error("other.example.com.crt", "other.example.com.key"), "is not for app.example.com");
  says(error("app.example.com.crt", "other.example.com.key"), "this is not the key of");
  says(error("app.example.com.key", "app.example.com.key"), "not a certificate in PEM form");
  says(error("app.example.com.crt", "app.example.com.crt"), "not a private key in PEM form");
  says(error("none.crt", "app.example.com.key"), "none.crt");
  const auto facts = caddy.run(caddy.edge().facts(shared_edge)).value();
  CHECK(facts.recorded.empty());
}

/// pebble, and the name server that leads its checks to the edge. `life`: seconds of a certificate.
struct AcmeServer {
  AcmeServer(LocalCaddy& c, int life)
      : caddy(c),
        names({"pebble-challtestsrv", "-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01",
               c.address(102) + ":8053", "-management", c.address(102) + ":8055", "-defaultIPv4",
               c.layout().bind, "-defaultIPv6", ""},
              {}, c.path("names.log")) {
    make_pair(c, "pebble", "IP:" + c.address(101));
    std::ofstream(c.path("pebble.json")) << fmt::format(
        R"({{"pebble": {{"listenAddress": "{0}:14000", "managementListenAddress": "{0}:15000",)"
        R"( "certificate": "{1}", "privateKey": "{2}", "httpPort": 80, "tlsPort": 443,)"
        R"( "ocspResponderURL": "", "externalAccountBindingRequired": false,)"
        R"( "certificateValidityPeriod": {3}}}}})",
        c.address(101), c.path("pebble.crt"), c.path("pebble.key"), life);
    server.emplace(std::vector<std::string>{"pebble", "-config", c.path("pebble.json"),
                                            "-dnsserver", c.address(102) + ":8053"},
                   std::map<std::string, std::string>{{"PEBBLE_VA_NOSLEEP", "1"}},
                   c.path("pebble.log"));
    const auto until = std::chrono::steady_clock::now() + issue_limit;
    while (!caddy.run(tcp_accepts(caddy.loop(), c.address(101), 14000, std::chrono::seconds(1)))) {
      REQUIRE(std::chrono::steady_clock::now() < until);
      caddy.run(sleep_for(caddy.loop(), std::chrono::milliseconds(20)));
    }
  }

  [[nodiscard]] std::string directory() const {
    return fmt::format("https://{}:14000/dir", caddy.address(101));
  }
  /// The root of what it signs, as a file.
  [[nodiscard]] std::string root() const {
    auto path = caddy.path("acme-root.crt");
    caddy.output_of({"curl", "-sS", "--noproxy", "*", "--cacert", caddy.path("pebble.crt"), "-o",
                     path, fmt::format("https://{}:15000/roots/0", caddy.address(101))});
    return path;
  }

  LocalCaddy& caddy;
  Companion names;
  std::optional<Companion> server;
};

TEST_CASE("an ACME server gives a certificate, and renews it") {
  if (!can_run()) return;
  if (!has("pebble") || !has("pebble-challtestsrv")) {
    MESSAGE("not run: needs pebble; tools/setup installs it");
    return;
  }
  LocalCaddy caddy(shared_edge);
  constexpr int life = 12;
  const AcmeServer acme(caddy, life);
  caddy.environment["SSL_CERT_FILE"] = caddy.path("pebble.crt");
  auto table = table_with(shared_edge, {host_route("shop.example.com")});
  table.settings["shop"].acme = {"anna@example.com", acme.directory(), false};
  const auto began = std::chrono::steady_clock::now();
  serve(caddy, table);
  const auto first = next_certificate(caddy, "shop.example.com");
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - began);
  MESSAGE("first certificate " << took.count() << " ms after the table was applied");
  CHECK(first.issuer.starts_with("Pebble Intermediate"));
  CHECK(first.names == std::vector<std::string>{"shop.example.com"});
  CHECK(got(caddy, "shop.example.com", acme.root()) == "lf-1-app-1");
  // It renews what has a third of its life left, here when it starts again.
  while (std::time(nullptr) <= first.renewal())
    caddy.run(sleep_for(caddy.loop(), std::chrono::milliseconds(100)));
  caddy.stop_edge();
  caddy.start_edge();
  const auto second = next_certificate(caddy, "shop.example.com", first.fingerprint);
  CHECK(second.until > first.until);
  CHECK(got(caddy, "shop.example.com", acme.root()) == "lf-1-app-1");
}

}  // namespace
}  // namespace landfast
