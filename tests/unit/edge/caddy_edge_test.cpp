// SPDX-License-Identifier: Apache-2.0
// The real Edge on a real Caddy. Without one, or without root, these cases say so and end.
#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "conformance/edge_suite.h"
#include "io/file.h"
#include "load/load.h"
#include "load/sockets.h"
#include "unit/edge/local_caddy.h"

namespace landfast {
namespace {

using conformance::app_target;
using conformance::table_of;
using test::LocalCaddy;

bool can_run() {
  if (::geteuid() == 0 && !test::caddy_program().empty()) return true;
  MESSAGE("not run: needs root and Caddy; tools/images --caddy fetches it");
  return false;
}

/// Serving lf-1-app-1 from slot a.
void serve_first(LocalCaddy& caddy) {
  auto& edge = caddy.edge();
  REQUIRE(caddy.run(edge.apply(table_of(caddy.name()), "")));
  caddy.start_app("lf-1-app-1");
  caddy.start_edge();
  REQUIRE(caddy.run(edge.set_address(caddy.name(), app_target, SlotName::a, {"lf-1-app-1:3000"})));
  REQUIRE(caddy.run(edge.switch_to(caddy.name(), app_target, SlotWord::a)));
}

load::LoadPlan through(const LocalCaddy& caddy) {
  load::LoadPlan plan;
  plan.address = caddy.layout().bind;
  plan.port = 8080;
  return plan;
}

std::string text_of(const load::LoadReport& report) {
  std::string out = std::to_string(report.requests) + " requests";
  for (const auto& [what, n] : report.failed) out += ", " + std::to_string(n) + " " + what;
  return out;
}

/// POSTs whose answer came ran exactly once; others at most once.
void check_ids(const load::LoadReport& report,
               const std::vector<std::map<std::string, int>>& seen) {
  std::map<std::string, int> times;
  for (const auto& ids : seen)
    for (const auto& [id, n] : ids) times[id] += n;
  for (const auto& id : report.ids) CHECK_MESSAGE(times[id] == 1, id);
  for (const auto& [id, n] : times) CHECK_MESSAGE(n == 1, id);
}

TEST_CASE("the edge suite passes on a real Caddy") {
  if (!can_run()) return;
  conformance::edge_suite([] { return test::LocalCaddyOwner(); });
}

TEST_CASE("200 switches under load fail no request, and load no configuration") {
  if (!can_run()) return;
  LocalCaddy caddy;
  serve_first(caddy);
  load::Load load(through(caddy));
  std::vector<std::map<std::string, int>> seen;
  auto serving = SlotName::a;
  for (int n = 0; n < 200; ++n) {
    const auto to = idle_slot(landfast::serving(serving));
    const std::string alias = to == SlotName::a ? "lf-1-app-1" : "lf-2-app-1";
    const std::string old = to == SlotName::a ? "lf-2-app-1" : "lf-1-app-1";
    if (n > 0 || to == SlotName::b) {
      caddy.start_app(alias);
      REQUIRE(caddy.run(caddy.edge().set_address(caddy.name(), app_target, to, {alias + ":3000"})));
      REQUIRE(caddy.run(caddy.edge().probe(caddy.name(), app_target, to, "/")).value() == 200);
    }
    const auto before = load.requests();
    REQUIRE(caddy.run(caddy.edge().switch_to(caddy.name(), app_target,
                                             serving == SlotName::a ? SlotWord::b : SlotWord::a)));
    int zeros = 0;
    while (zeros < 2) {
      const auto count = caddy.run(caddy.edge().in_flight(caddy.name(), app_target, serving));
      REQUIRE(count);
      zeros = *count == 0 ? zeros + 1 : 0;
      while (load.requests() < before + 20 * zeros) std::this_thread::yield();
    }
    seen.push_back(caddy.app(old).ids());
    caddy.stop_app(old);  // at once: as SIGKILL
    serving = to;
  }
  const auto report = load.finish();
  seen.push_back(caddy.app("lf-1-app-1").ids());
  MESSAGE(text_of(report));
  CHECK_MESSAGE(report.failures() == 0, text_of(report));
  CHECK(report.requests > 1000);
  CHECK(report.answered.size() == 2);
  check_ids(report, seen);
}

TEST_CASE("held POSTs wait, and run exactly once at the new one") {
  if (!can_run()) return;
  LocalCaddy caddy;
  serve_first(caddy);
  auto plan = through(caddy);
  plan.posts = 8;
  load::Load load(plan);
  while (load.requests() < 100) std::this_thread::yield();
  auto& edge = caddy.edge();
  REQUIRE(caddy.run(edge.switch_to(caddy.name(), app_target, SlotWord::hold)));
  for (int zeros = 0; zeros < 2;)
    zeros = caddy.run(edge.in_flight(caddy.name(), app_target, SlotName::a)).value() == 0
                ? zeros + 1
                : 0;
  const auto old_ids = caddy.app("lf-1-app-1").ids();
  caddy.stop_app("lf-1-app-1");
  CHECK(caddy.asked(app_target) == "held");
  caddy.start_app("lf-2-app-1");
  REQUIRE(caddy.run(edge.set_address(caddy.name(), app_target, SlotName::b, {"lf-2-app-1:3000"})));
  REQUIRE(caddy.run(edge.switch_to(caddy.name(), app_target, SlotWord::b)));
  const auto released = load.requests();
  while (load.requests() < released + 100) std::this_thread::yield();
  const auto report = load.finish();
  CHECK_MESSAGE(report.failures() == 0, text_of(report));
  CHECK(report.answered.at("lf-2-app-1") > 0);
  check_ids(report, {old_ids, caddy.app("lf-2-app-1").ids()});
}

TEST_CASE("a killed edge comes back with the slot that served") {
  if (!can_run()) return;
  LocalCaddy caddy;
  serve_first(caddy);
  caddy.start_app("lf-2-app-1");
  REQUIRE(caddy.run(
      caddy.edge().set_address(caddy.name(), app_target, SlotName::b, {"lf-2-app-1:3000"})));
  REQUIRE(caddy.run(caddy.edge().switch_to(caddy.name(), app_target, SlotWord::b)));
  for (int n = 0; n < 3; ++n) {
    caddy.stop_edge();
    CHECK(caddy.asked(app_target) == "refused");
    caddy.start_edge();
    CHECK(caddy.asked(app_target) == "lf-2-app-1");
  }
}

TEST_CASE("a table that Caddy refuses leaves the one before serving and recorded") {
  if (!can_run()) return;
  LocalCaddy caddy;
  serve_first(caddy);
  auto bad = table_of(caddy.name());
  // A route of port 8080 and one of a port that is taken: by the app.
  auto taken = bad.routes[0];
  taken.route.published = 3000;
  bad.routes.push_back(taken);
  load::Backend holder("holder", caddy.layout().bind, 3000);
  const auto refused = caddy.run(caddy.edge().apply(bad, revision_of(table_of(caddy.name()))));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::invalid);
  CHECK(refused.error().text.find("address already in use") != std::string::npos);
  auto said = caddy.asked(app_target);
  if (said == "broken")
    said = caddy.asked(app_target);  // the refused one had taken that connection
  CHECK(said == "lf-1-app-1");
  const auto facts = caddy.run(caddy.edge().facts(caddy.name())).value();
  CHECK(facts.recorded == revision_of(table_of(caddy.name())));
  CHECK(facts.revision == facts.recorded);
  CHECK(::access(caddy.files().conf("next.json").c_str(), F_OK) != 0);
  // The control socket is where it was: the next change goes through.
  auto good = table_of(caddy.name(), "/api");
  const auto applied = caddy.run(caddy.edge().apply(good, facts.recorded));
  REQUIRE_MESSAGE(applied, applied.error().text);
  CHECK(caddy.run(caddy.edge().facts(caddy.name())).value().revision == revision_of(good));
}

TEST_CASE("an edge that reads another folder is found out before anything is loaded") {
  if (!can_run()) return;
  LocalCaddy caddy;
  serve_first(caddy);
  // The folder that it reads goes, and another one takes its name: as with a wrong mount.
  const auto config = read_file(caddy.files().conf("config.json"), 1 << 20).value();
  auto other = config;
  const auto from = caddy.layout().slots + "/nonce", to = caddy.layout().slots + "/none";
  for (auto at = other.find(from); at != std::string::npos; at = other.find(from, at + to.size()))
    other.replace(at, from.size(), to);
  REQUIRE(caddy.files().write(caddy.files().conf("config.json"), other));
  caddy.stop_edge();
  caddy.start_edge();
  const auto found = caddy.run(
      caddy.edge().apply(table_of(caddy.name(), "/api"), revision_of(table_of(caddy.name()))));
  REQUIRE_FALSE(found);
  CHECK(found.error().text.find("does not read") != std::string::npos);
  CHECK(caddy.asked(app_target) == "lf-1-app-1");
}

TEST_CASE("the word of a slot is whole for every reader") {
  test::Scratch scratch;
  const EdgeFiles files(scratch.path(), "shop-landfast-edge");
  REQUIRE(files.prepare());
  const EdgeTarget target{app_target, "shop", "app", 3000, 1};
  REQUIRE(files.prepare_target(target));
  std::atomic<bool> ending = false;
  std::atomic<long> reads = 0, torn = 0;
  std::thread reader([&] {
    while (!ending) {
      if (!files.word(app_target)) ++torn;
      ++reads;
    }
  });
  for (int n = 0; reads < 100'000; ++n)
    REQUIRE(files.set_word(app_target, n % 2 == 0 ? SlotWord::a : SlotWord::b));
  ending = true;
  reader.join();
  CHECK(torn == 0);
  CHECK(files.set_word(app_target, SlotWord::a));
  CHECK(files.set_word(app_target, SlotWord::a));  // the same file under both names
  CHECK(files.word(app_target) == SlotWord::a);
}

TEST_CASE("what strangers say of themselves does not reach the app") {
  if (!can_run()) return;
  LocalCaddy caddy;
  serve_first(caddy);
  load::Connection connection(caddy.layout().bind, 8080, std::chrono::seconds(5));
  REQUIRE(
      connection.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 9.9.9.9\r\n"
                      "X-Forwarded-Proto: https\r\nX-Real-Ip: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\n"
                      "Cf-Connecting-Ip: 9.9.9.9\r\nTailscale-User-Login: root\r\n\r\n"));
  REQUIRE(connection.receive().status == 200);
  const auto head = caddy.app("lf-1-app-1").last_head();
  CHECK(head.find("9.9.9.9") == std::string::npos);
  CHECK(head.find("Tailscale") == std::string::npos);
  CHECK(load::header(head, "x-forwarded-proto") == "http");
  CHECK(load::header(head, "x-real-ip").starts_with("127."));
}

}  // namespace
}  // namespace landfast
