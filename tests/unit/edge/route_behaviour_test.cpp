// SPDX-License-Identifier: Apache-2.0
// What a route says is what a client of a real Caddy gets; and what goes wrong around an edge.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "fake/tar_members.h"
#include "io/file.h"
#include "load/sockets.h"
#include "unit/edge/local_caddy.h"
#include "unit/edge/table_cases.h"

namespace landfast {
namespace {

using load::Connection;
using test::LocalCaddy;
using test::port_route;
using test::table_with;

constexpr const char* own_edge = "shop-landfast-edge";
constexpr std::uint16_t port = 8080;
constexpr std::chrono::seconds limit{10};
/// bcrypt of "secret".
constexpr const char* hash = "$2b$05$NjYh7WbGRFFnuZ3eTGUZS.x8Y4AHb27664bVSVbfsL5XOEgQUGUxi";

bool can_run() {
  if (::geteuid() == 0 && !test::caddy_program().empty()) return true;
  MESSAGE("not run: needs root and Caddy; tools/images --caddy fetches it");
  return false;
}

/// A running edge whose targets are all served by lf-1-app-1.
class Served {
 public:
  explicit Served(std::vector<EdgeRoute> routes) : table(table_with(own_edge, std::move(routes))) {
    const auto applied = caddy.run(caddy.edge().apply(table, ""));
    REQUIRE_MESSAGE(applied, applied.error().text);
    caddy.start_app("lf-1-app-1");
    caddy.start_edge();
    for (const auto& t : table.targets) {
      REQUIRE(
          caddy.run(caddy.edge().set_address(own_edge, t.id, SlotName::a, {"lf-1-app-1:3000"})));
      REQUIRE(caddy.run(caddy.edge().switch_to(own_edge, t.id, SlotWord::a)));
    }
  }

  Connection::Answer send(const std::string& text) {
    Connection connection(caddy.layout().bind, port, limit);
    REQUIRE(connection.open());
    REQUIRE(connection.send(text));
    return connection.receive();
  }
  Connection::Answer get(const std::string& path, const std::string& headers = "") {
    return send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", path, headers));
  }
  std::string seen_path() {
    const auto head = caddy.app("lf-1-app-1").last_head();
    const auto begin = head.find(' ') + 1;
    return head.substr(begin, head.find(' ', begin) - begin);
  }

  LocalCaddy caddy;
  RouteTable table;
};

/// A running edge whose route by port serves files, beside an app below /api.
class FilesServed {
 public:
  FilesServed(bool spa, std::string tar) {
    auto files = port_route(port, "/", "web");
    files.route.static_dir = "/srv/app";
    files.route.spa = spa;
    auto table = table_with(own_edge, {files, port_route(port, "/api", "api")});
    const auto applied = caddy.run(caddy.edge().apply(table, ""));
    REQUIRE_MESSAGE(applied, applied.error().text);
    caddy.start_edge();
    caddy.start_app("lf-1-app-1");
    auto& edge = caddy.edge();
    REQUIRE(caddy.run(edge.set_address(own_edge, api, SlotName::a, {"lf-1-app-1:3000"})));
    REQUIRE(caddy.run(edge.switch_to(own_edge, api, SlotWord::a)));
    serve(SlotName::a, std::move(tar), std::string(64, 'a'));
  }
  void serve(SlotName slot, std::string tar, const std::string& site) {
    auto& edge = caddy.edge();
    const auto added = caddy.run(edge.add_site(own_edge, site, std::move(tar)));
    REQUIRE_MESSAGE(added, added.error().text);
    REQUIRE(caddy.run(edge.set_address(own_edge, web, slot, {site})));
    CHECK(caddy.run(edge.probe(own_edge, web, slot, "/")).value() == 200);
    REQUIRE(caddy.run(edge.switch_to(own_edge, web, serving(slot))));
    CHECK(caddy.run(edge.in_flight(own_edge, web, slot)).value() == 0);
  }
  Connection::Answer get(const std::string& path) {
    Connection connection(caddy.layout().bind, port, limit);
    REQUIRE(connection.open());
    REQUIRE(connection.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path)));
    return connection.receive();
  }

  LocalCaddy caddy;
  const std::string web = target_id("shop", "web", 0), api = target_id("shop", "api", 3000);
};

std::string site_of(const std::string& version) {
  using landfast::test::tar_member;
  return tar_member("app", "", '5') + tar_member("app/index.html", "index " + version) +
         tar_member("app/assets", "", '5') +
         tar_member("app/assets/app-0a1b2c3d.js", "script " + version) +
         tar_member("app/.env", "hidden") + tar_member("app/.git", "", '5') +
         tar_member("app/.git/config", "hidden") +
         tar_member("app/copy.html", "", '1', "app/index.html") +
         tar_member("app/link.html", "", '2', "assets/app-0a1b2c3d.js") + test::tar_end();
}

EdgeRoute on_port(const std::string& path = "/") { return port_route(port, path); }

TEST_CASE("a path is taken off, and only where it is a whole part") {
  if (!can_run()) return;
  auto r = on_port("/api");
  r.route.strip = true;
  Served served({r});
  CHECK(served.get("/api/items?x=1").status == 200);
  CHECK(served.seen_path() == "/items?x=1");
  CHECK(served.get("/api").status == 200);
  CHECK(served.get("/apis").status == 404);
  CHECK(served.get("/").status == 404);
}

TEST_CASE("the longest path wins, and / does not swallow /api") {
  if (!can_run()) return;
  Served served(
      {on_port("/"), port_route(port, "/api", "api"), port_route(port, "/api/v2", "api2")});
  const auto close = [&](const char* service) {
    REQUIRE(served.caddy.run(
        served.caddy.edge().switch_to(own_edge, target_id("shop", service, 3000), SlotWord::down)));
  };
  close("api");
  CHECK(served.get("/").status == 200);
  CHECK(served.get("/api/items").status == 503);
  CHECK(served.get("/api/v2/items").status == 200);
  close("api2");
  CHECK(served.get("/api/v2/items").status == 503);
  CHECK(served.get("/apiary").status == 200);
}

TEST_CASE("headers, a password, a body limit and who may come") {
  if (!can_run()) return;
  auto r = on_port();
  r.route.headers = {{"X-Frame-Options", "DENY"}, {"X-Powered-By", std::nullopt}};
  r.route.auth = {{"anna", Secret(hash)}};
  r.route.body = 10;
  auto closed = on_port("/closed");
  closed.route.allow = {"192.0.2.0/24"};
  Served served({r, closed});
  CHECK(served.get("/").status == 401);
  const std::string anna = "Authorization: Basic YW5uYTpzZWNyZXQ=\r\n";  // anna:secret
  const auto answer = served.get("/", anna);
  REQUIRE(answer.status == 200);
  CHECK(load::header(answer.head, "x-frame-options") == "DENY");
  CHECK(load::header(answer.head, "x-powered-by").empty());
  CHECK(served.get("/closed").status == 403);
  const auto post = [&](const std::string& body) {
    return served
        .send(fmt::format("POST / HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n{}",
                          anna, body.size(), body))
        .status;
  };
  CHECK(post("0123456789") == 200);
  CHECK(post("0123456789a") == 413);
}

TEST_CASE("behind a tunnel its client alone says who asks, and says it for its own kind") {
  if (!can_run()) return;
  auto r = on_port();
  r.route.published = 0;
  r.route.port = port;
  r.tunnel = BehindTunnel{
      TunnelKind::cloudflared, "shop.example", {{"shop_tunnel", {"app"}}}, {"127.0.0.0/8"}};
  const std::string said =
      "X-Forwarded-For: 10.9.9.9, 203.0.113.9\r\nCf-Connecting-Ip: 203.0.113.9\r\n"
      "X-Forwarded-Proto: https\r\nTailscale-User-Login: eve@example\r\n";
  const auto seen_by_app = [&](const EdgeRoute& route) {
    Served served({route});
    CHECK(served.get("/", said).status == 200);
    return served.caddy.app("lf-1-app-1").last_head();
  };
  auto head = seen_by_app(r);
  CHECK(load::header(head, "x-real-ip") == "203.0.113.9");
  CHECK(load::header(head, "x-forwarded-proto") == "https");
  CHECK(load::header(head, "cf-connecting-ip") == "203.0.113.9");
  CHECK(load::header(head, "tailscale-user-login").empty());
  r.tunnel->sources = {"192.0.2.0/24"};  // a neighbour says the same
  head = seen_by_app(r);
  CHECK(load::header(head, "x-real-ip").starts_with("127."));
  CHECK(load::header(head, "x-forwarded-proto") == "http");
  CHECK(load::header(head, "cf-connecting-ip").empty());
  CHECK(load::header(head, "tailscale-user-login").empty());
}

TEST_CASE("requests that two readers could take for different ones get one answer or none") {
  if (!can_run()) return;
  Served served({on_port()});
  const auto status = [&](const std::string& text) { return served.send(text).status; };
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab") ==
        400);
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n") ==
        400);
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n") ==
        501);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  // Both lengths: the chunks count, the number goes, and the app gets the same end of the body.
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nX-Id: both\r\nContent-Length: 5\r\n"
               "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 200);
  const auto& app = served.caddy.app("lf-1-app-1");
  CHECK(app.ids() == std::map<std::string, int>{{"both", 1}});
  const auto head = app.last_head();
  CHECK((load::header(head, "content-length").empty() ||
         load::header(head, "transfer-encoding").empty()));
  CHECK(load::header(head, "content-length") != "5");
}

TEST_CASE("an app that is not there yet is waited for") {
  if (!can_run()) return;
  Served served({on_port()});
  served.caddy.stop_app("lf-1-app-1");
  Connection connection(served.caddy.layout().bind, port, limit);
  REQUIRE(connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  // The edge tries to reach it before it is there: it counts nothing as in flight yet.
  served.caddy.start_app("lf-1-app-1");
  CHECK(connection.receive().status == 200);
}

TEST_CASE("a request that is held for too long gets 503, and is told to come back") {
  if (!can_run()) return;
  auto r = on_port();
  r.hold = std::chrono::milliseconds(300);
  Served served({r});
  REQUIRE(served.caddy.run(
      served.caddy.edge().switch_to(own_edge, served.table.targets[0].id, SlotWord::hold)));
  const auto answer = served.get("/");
  CHECK(answer.status == 503);
  CHECK(load::header(answer.head, "retry-after") == "5");
  CHECK(answer.body.find("Back in a moment") != std::string::npos);
}

TEST_CASE("the drain counts what is in flight, and the old one may finish it") {
  if (!can_run()) return;
  Served served({on_port()});
  auto& edge = served.caddy.edge();
  const auto target = served.table.targets[0].id;
  Connection connection(served.caddy.layout().bind, port, limit);
  REQUIRE(connection.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  while (served.caddy.app("lf-1-app-1").waiting() == 0) std::this_thread::yield();
  served.caddy.start_app("lf-2-app-1");
  REQUIRE(served.caddy.run(edge.set_address(own_edge, target, SlotName::b, {"lf-2-app-1:3000"})));
  REQUIRE(served.caddy.run(edge.switch_to(own_edge, target, SlotWord::b)));
  CHECK(served.caddy.run(edge.in_flight(own_edge, target, SlotName::a)).value() == 1);
  CHECK(served.get("/").body == "lf-2-app-1");
  served.caddy.app("lf-1-app-1").release();
  CHECK(connection.receive().body == "lf-1-app-1");
  while (served.caddy.run(edge.in_flight(own_edge, target, SlotName::a)).value() != 0)
    std::this_thread::yield();
}

TEST_CASE("server-sent events come one by one, and a stream outlives a switch") {
  if (!can_run()) return;
  auto compressed = on_port();
  compressed.route.compress = true;
  Served served({compressed});
  auto& edge = served.caddy.edge();
  const auto target = served.table.targets[0].id;
  const auto& address = served.caddy.layout().bind;
  const std::string ask =
      "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";
  auto& before = served.caddy.app("lf-1-app-1");
  Connection stream(address, port, limit);
  REQUIRE(stream.send(ask));
  before.tell("one");
  CHECK(stream.receive_until("data: one\n\n"));  // the next is only told once this one has come
  before.tell("two");
  CHECK(stream.receive_until("data: two\n\n"));

  served.caddy.start_app("lf-2-app-1");
  REQUIRE(served.caddy.run(edge.set_address(own_edge, target, SlotName::b, {"lf-2-app-1:3000"})));
  REQUIRE(served.caddy.run(edge.switch_to(own_edge, target, SlotWord::b)));
  CHECK(served.caddy.run(edge.in_flight(own_edge, target, SlotName::a)).value() == 1);
  before.tell("three");
  CHECK(stream.receive_until("data: three\n\n"));
  Connection next(address, port, limit);
  REQUIRE(next.send(ask));
  served.caddy.app("lf-2-app-1").tell("four");
  CHECK(next.receive_until("data: four\n\n"));
  before.release();
  CHECK(stream.receive_until("0\r\n\r\n"));
}

TEST_CASE("nothing listens on TCP 2019, also after a load that was refused") {
  if (!can_run()) return;
  Served served({on_port()});
  const auto is_closed = [] { return !Connection("127.0.0.1", 2019, limit).open(); };
  CHECK(is_closed());
  auto taken = served.table;
  taken.routes.push_back(taken.routes[0]);
  taken.routes.back().route.published = 3000;
  const load::Backend holder("holder", served.caddy.layout().bind, 3000);
  CHECK_FALSE(served.caddy.run(served.caddy.edge().apply(taken, revision_of(served.table))));
  CHECK(is_closed());
}

TEST_CASE("a deployer that died around a load leaves nothing that the next one minds") {
  if (!can_run()) return;
  Served served({on_port()});
  auto& caddy = served.caddy;
  const auto first = revision_of(served.table);
  auto second = table_with(own_edge, {on_port("/api")});
  // Before the load: next.json lies there, and nothing else has changed.
  REQUIRE(caddy.files().write(caddy.files().conf("next.json"), "{\"half\": "));
  REQUIRE(caddy.run(caddy.edge().apply(second, first)));
  CHECK(::access(caddy.files().conf("next.json").c_str(), F_OK) != 0);
  // After the load, before the rename: the process serves another table than is recorded.
  const auto config = caddy.files().conf("config.json");
  const auto kept = read_file(config, 1 << 20).value();
  const auto third = table_with(own_edge, {on_port("/other")});
  REQUIRE(caddy.run(caddy.edge().apply(third, revision_of(second))));
  REQUIRE(caddy.files().write(config, kept));
  const auto facts = caddy.run(caddy.edge().facts(own_edge)).value();
  CHECK(facts.recorded == revision_of(second));
  CHECK(facts.revision == revision_of(third));
  REQUIRE(caddy.run(caddy.edge().apply(second, facts.recorded)));
  CHECK(caddy.run(caddy.edge().facts(own_edge)).value().revision == revision_of(second));
}

TEST_CASE("two deployers do not change one edge at a time") {
  test::Scratch scratch;
  const EdgeFiles files(scratch.path(), own_edge);
  REQUIRE(files.prepare());
  auto mine = EdgeLock::take(files);
  REQUIRE(mine);
  const auto yours = EdgeLock::take(files);
  REQUIRE_FALSE(yours);
  CHECK(yours.error().code == Code::conflict);
  CHECK(yours.error().retryable);
  { const auto gone = std::move(mine); }
  CHECK(EdgeLock::take(files));
}

TEST_CASE("a full disk stops no switch") {
  if (::geteuid() != 0) {
    MESSAGE("not run: needs root");
    return;
  }
  const test::Scratch scratch;
  REQUIRE(::mount("none", scratch.path().c_str(), "tmpfs", 0, "size=128k") == 0);
  const EdgeFiles files(scratch.path(), own_edge);
  REQUIRE(files.prepare());
  const EdgeTarget target{"0123456789abcdef", "shop", "app", 3000, 1};
  REQUIRE(files.prepare_target(target));
  REQUIRE(files.set_word(target.id, SlotWord::a));
  {
    std::ofstream filler(scratch.path() + "/filler");
    filler << std::string(1 << 20, 'x') << std::flush;
    CHECK_FALSE(filler);  // it is full
  }
  CHECK_FALSE(files.set_address(target.id, "b.1", "lf-2-app-1:3000"));
  CHECK(files.address(target.id, "b.1").value() == refused_address);
  for (const auto word : {SlotWord::hold, SlotWord::b, SlotWord::a, SlotWord::down}) {
    CHECK(files.set_word(target.id, word));
    CHECK(files.word(target.id) == word);
  }
  CHECK(::umount(scratch.path().c_str()) == 0);
}

TEST_CASE("files of an image: what is there, cached by name, and nothing hidden") {
  if (!can_run()) return;
  FilesServed served(false, site_of("1"));
  const auto index = served.get("/");
  CHECK(index.status == 200);
  CHECK(index.body == "index 1");
  CHECK(index.head.find("Cache-Control: no-cache") != std::string::npos);
  const auto script = served.get("/assets/app-0a1b2c3d.js");
  CHECK(script.body == "script 1");
  CHECK(script.head.find("Cache-Control: public, max-age=31536000, immutable") !=
        std::string::npos);
  CHECK(served.get("/copy.html").body == "index 1");
  CHECK(served.get("/link.html").body == "script 1");
  for (const auto* path : {"/.env", "/.git/config", "/orders/7", "/../../conf/config.json",
                           "/%2e%2e/%2e%2e/conf/config.json"})
    CHECK_MESSAGE(served.get(path).status >= 400, path);
}

TEST_CASE("unknown paths of an SPA get its index, but never those of another route") {
  if (!can_run()) return;
  FilesServed served(true, site_of("1"));
  CHECK(served.get("/orders/7").body == "index 1");
  CHECK(served.get("/assets/app-0a1b2c3d.js").body == "script 1");
  CHECK(served.get("/.env").body.find("hidden") == std::string::npos);
  CHECK(served.get("/api/orders").body == "lf-1-app-1");
  REQUIRE(served.caddy.run(served.caddy.edge().switch_to(own_edge, served.api, SlotWord::down)));
  CHECK(served.get("/api/orders").status == 503);
  CHECK(served.get("/").body == "index 1");
}

TEST_CASE(
    "a switch of files is one for every request after it, and the old ones stay for one more") {
  if (!can_run()) return;
  FilesServed served(true, site_of("1"));
  served.serve(SlotName::b, site_of("2"), std::string(64, 'b'));
  CHECK(served.get("/").body == "index 2");
  REQUIRE(served.caddy.run(served.caddy.edge().switch_to(own_edge, served.web, SlotWord::a)));
  CHECK(served.get("/").body == "index 1");
}

}  // namespace
}  // namespace landfast
