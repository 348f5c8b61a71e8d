// SPDX-License-Identifier: Apache-2.0
#include "app/edge_text.h"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "app/edge_image.h"
#include "app/edge_upgrade.h"
#include "plan/names.h"

namespace landfast {
namespace {

EdgeRoute route_to(const std::string& target, const std::string& host, const std::string& path) {
  EdgeRoute r;
  r.target = target;
  r.route.host = host;
  r.route.path = path;
  return r;
}

EdgeFacts facts() {
  EdgeFacts f;
  f.table.edge = shared_edge;
  f.table.targets = {
      {"t1", "shop", "app", 3000, 1}, {"t2", "shop", "api", 8000, 2}, {"t3", "blog", "web", 80, 1}};
  f.table.routes = {route_to("t1", "shop.example.com", "/"),
                    route_to("t2", "shop.example.com", "/api"),
                    route_to("t3", "blog.localhost", "/")};
  f.slots["t1"] = {SlotWord::b, {"lf-1-app-1:3000"}, {"lf-2-app-1:3000"}};
  f.slots["t2"] = {SlotWord::hold, {}, {}};
  f.slots["t3"] = {SlotWord::down, {}, {}};
  f.running = true;
  f.version = "v2.11.4";
  f.revision = f.recorded = "r1";
  return f;
}

EdgeListing listing(const std::string& stack = "") {
  EdgeListing l;
  l.facts = facts();
  l.routes = served_routes(l.facts, stack);
  if (stack.empty()) l.routes[0].in_flight = 3;
  return l;
}

TEST_CASE("each address is shown with who serves it now") {
  CHECK(routes_text({listing()}, 0, Style()) ==
        "landfast-edge   Caddy v2.11.4\n\n"
        "  ✓ https://shop.example.com      shop app:3000  lf-2-app-1:3000      3 in flight\n"
        "  ○ https://shop.example.com/api  shop api:8000  held: requests wait\n"
        "  ○ https://blog.localhost        blog web:80    closed: 503\n");
  CHECK(served_routes(facts(), "blog").size() == 1);
  auto dead = listing("blog");
  dead.facts.running = false;
  CHECK(routes_text({dead}, 0, Style()) ==
        "landfast-edge   does not run\n\n"
        "  ✗ https://blog.localhost  blog web:80  not served: the edge does not run\n");
  CHECK(routes_text({}, 0, Style()).starts_with("no edge serves anything"));
}

TEST_CASE("an edge that serves an older table says so") {
  auto l = listing();
  l.facts.revision = "r0";
  CHECK(routes_text({l}, 0, Style()).find("serves an older table") != std::string::npos);
}

TEST_CASE("routes are JSON with the addresses that serve") {
  const auto routes = routes_json({listing()}).at("routes").as_array();
  REQUIRE(routes.size() == 3);
  CHECK(boost::json::serialize(routes[0]) ==
        R"({"edge":"landfast-edge","url":"https://shop.example.com","stack":"shop",)"
        R"("service":"app","port":3000,"slot":"b","running":true,)"
        R"("serves":["lf-2-app-1:3000"],"in_flight":3})");
  CHECK(routes[1].at("serves").as_array().empty());
  CHECK(routes[1].at("in_flight").is_null());
}

TEST_CASE("a certificate is shown with its end and its renewal") {
  constexpr std::int64_t day = 24 * 3600;
  EdgeListing l;
  CertificateFacts acme;
  acme.issuer = "R11";
  acme.from = 0;
  acme.until = 90 * day;
  auto old = acme;
  old.until = 5 * day;
  l.certificates = {{"a.example.com", TlsKind::acme, acme, ""},
                    {"b.example.com", TlsKind::files, old, ""},
                    {"c.example.com", TlsKind::acme, {}, ""},
                    {"d.example.com", TlsKind::files, {}, "cannot read /d.crt"}};
  ::setenv("TZ", "UTC", 1);
  CHECK(certificates_text({l}, TimePoint(std::chrono::hours(24)), 0, Style()) ==
        "  ✓ a.example.com  ACME       R11                 until 1 Apr 00:00 (89 days)  renews 2 "
        "Mar 00:00\n"
        "  ✗ b.example.com  your file  R11                 until 6 Jan 00:00 (4 days)\n"
        "  ○ c.example.com  ACME       none yet\n"
        "  ✗ d.example.com  your file  cannot read /d.crt\n"
        "\n"
        "  note: b.example.com: its certificate is until 6 Jan 00:00 (4 days): renew it, then "
        "landfast cert reload\n");
  const auto whole = certificates_json({l}, TimePoint(std::chrono::hours(24)));
  CHECK(whole.at("warnings").as_array().size() == 1);
  const auto json = whole.at("certificates").as_array();
  CHECK(json[0].at("certificate").at("renewal") == 60 * day);
  CHECK(json[1].at("certificate").at("renewal").is_null());
  CHECK(json[2].at("certificate").is_null());
  CHECK(json[3].at("why_none") == "cannot read /d.crt");
  const auto late = certificates_text({l}, TimePoint(std::chrono::hours(24 * 91)), 0, Style());
  CHECK(late.find("✗ a.example.com  ACME       R11                 expired 1 Apr") !=
        std::string::npos);
}

TEST_CASE("what has to be looked after is warned of") {
  constexpr std::int64_t day = 24 * 3600;
  HostCertificate given{"a.example.com", TlsKind::files, CertificateFacts{}, ""};
  given.file = "/le/fullchain.pem";
  given.facts->until = 90 * day;
  auto acme = given;
  acme.kind = TlsKind::acme;
  const auto at = [](int days) { return TimePoint(std::chrono::hours(24 * days)); };
  ::setenv("TZ", "UTC", 1);
  const auto warned = [&](const HostCertificate& c, int days) {
    const auto list = certificate_warnings({c}, at(days));
    return list.empty() ? std::string() : list.front();
  };
  CHECK(warned(given, 69).empty());
  CHECK(warned(given, 70).starts_with("a.example.com: its certificate is until 1 Apr 00:00 (20"));
  CHECK(warned(acme, 74).empty());
  CHECK(warned(acme, 76).find("should have been renewed 2 Mar 00:00") != std::string::npos);
  CHECK(warned(given, 91).find("expired 1 Apr") != std::string::npos);
  given.given = GivenState::newer;
  CHECK(warned(given, 1) ==
        "a.example.com: /le/fullchain.pem is newer than what is served: landfast cert reload");
  given.given = GivenState::unfit;
  given.why_unfit = "/le/fullchain.pem: the certificate has expired";
  CHECK(
      warned(given, 1).ends_with("which cannot serve: /le/fullchain.pem: the certificate has "
                                 "expired"));
}

TEST_CASE("status says when an edge of the stack does not run") {
  auto l = listing("blog");
  CHECK(edge_notes(l, TimePoint()).empty());
  l.facts.revision = "r0";
  CHECK(edge_notes(l, TimePoint()).front().find("older table") != std::string::npos);
  l.facts.running = false;
  CHECK(edge_notes(l, TimePoint()).front().find("docker start landfast-edge") != std::string::npos);
  CHECK(edge_notes(listing("none"), TimePoint()).empty());
}

TEST_CASE("status says when visitors get the page of a service that runs") {
  auto l = listing("shop");
  std::vector<Container> containers(1);
  containers.front().labels[label::service] = l.routes.front().target.service;
  containers.front().status = ContainerStatus::running;
  CHECK(closed_notes(l, containers).empty());
  for (auto& r : l.routes) r.slot.word = SlotWord::down;
  REQUIRE(closed_notes(l, containers).size() == 1);
  CHECK(closed_notes(l, containers).front().find("landfast start") != std::string::npos);
  containers.front().status = ContainerStatus::exited;
  CHECK(closed_notes(l, containers).empty());
}

TEST_CASE("how to trust the edge names the root and its digest") {
  CertificateFacts root;
  root.fingerprint = "AB:CD";
  const auto text = trust_text("/r/root.crt", root, {"app.localhost"});
  CHECK(text.find("signs app.localhost itself") != std::string::npos);
  CHECK(text.find("SHA-256      AB:CD") != std::string::npos);
  CHECK(text.find("curl --cacert /r/root.crt") != std::string::npos);
}

TEST_CASE("only a Caddy that reads files for each request makes an edge") {
  CHECK(version_in("v2.11.4 h1:XKx=") == "2.11.4");
  CHECK(version_in("2.6.2") == "2.6.2");
  CHECK(version_in("(devel)").empty());
  CHECK(can_switch_by_files("2.11.4"));
  CHECK(can_switch_by_files("2.8.0"));
  CHECK(can_switch_by_files("3.0"));
  CHECK_FALSE(can_switch_by_files("2.7.6"));
  CHECK_FALSE(can_switch_by_files("2.6.2"));
  CHECK_FALSE(can_switch_by_files(""));
}

TEST_CASE("an image that says its Caddy is too old makes no edge") {
  Image image;
  CHECK(check_edge_image(image, "edge:1"));
  image.config["Env"] = boost::json::array{"PATH=/usr/bin", "CADDY_VERSION=v2.7.6"};
  CHECK(caddy_version_of(image) == "2.7.6");
  const auto refused = check_edge_image(image, "edge:1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unsupported);
  CHECK(refused.error().text == "edge:1 is Caddy 2.7.6: an edge needs 2.8 or newer");
  image.config["Env"] = boost::json::array{"CADDY_VERSION=v2.11.4"};
  CHECK(check_edge_image(image, "edge:1"));
}

TEST_CASE("the libraries of a program are read from what ldd says") {
  CHECK(libraries_in("\tlinux-vdso.so.1 (0x00007f)\n"
                     "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n"
                     "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n") ==
        std::vector<std::string>{"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"});
}

}  // namespace
}  // namespace landfast
