// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "plan/edge_names.h"
#include "plan/names.h"
#include "plan/stack_routes.h"
#include "run/run.h"
#include "simulation/clients.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* by_port = R"(
services:
  web:
    image: web:{}
    restart: always
    ports: ["3000:80"]
    x-landfast: {{route: ":3000"}}
)";

constexpr const char* by_host = R"(
services:
  web:
    image: web:{}
    restart: always
    x-landfast: {{route: shop.test}}
x-landfast: {{edge: behind}}
)";

constexpr const char* one_writer = R"(
services:
  web:
    image: web:{}
    restart: always
    volumes: [data:/data]
    x-landfast: {{route: shop.test, migrate: none}}
volumes: {{data: }}
x-landfast: {{edge: behind}}
)";

/// A machine with the edge's image and a web server of several versions; 9 never listens, 8 does
/// not even start.
struct Street : Stage {
  Street() {
    for (const auto* tag : {"web:1", "web:2", "web:3"}) {
      FakeImageBehaviour web;
      web.ready_after = milliseconds(80);
      web.stop_duration = milliseconds(40);
      image(tag, web, {"80/tcp"});
    }
    FakeImageBehaviour broken;
    broken.exits_after = milliseconds(20);
    broken.ready_after = seconds(60);
    broken.exit_code = 2;
    image("web:9", broken, {"80/tcp"});
    FakeImageBehaviour unstartable;
    unstartable.start_error = "exec: no such file";
    image("web:8", unstartable, {"80/tcp"});
    know_stores = [](World& world) { world.stores.clear(); };
  }
  static Project web(std::string_view file, int version) {
    return project(fmt::format(fmt::runtime(file), version));
  }
  [[nodiscard]] std::string serving(const std::string& name) {
    const auto r = edge.request(name, target);
    const auto* c = engine.daemon.find(r.container);
    return c == nullptr ? std::string() : to_container(*c).image_ref;
  }
  void lets_go(std::chrono::nanoseconds time = milliseconds(300)) { clock.advance(time); }

  const std::string target = target_id("shop", "web", 80);
  const std::string own = own_edge("shop");
};

TEST_CASE("a first deploy raises the edge, and a second plan is empty") {
  Street street;
  SUBCASE("of a port") {
    const auto report = street.deploy(Street::web(by_port, 1));
    REQUIRE(report.state == DeploymentState::committed);
    CHECK(street.serving(street.own) == "web:1");
    CHECK(street.engine.daemon.accepts("127.0.0.1", 3000));
    CHECK(street.plan(Street::web(by_port, 1)).empty());
  }
  SUBCASE("of a host") {
    const auto report = street.deploy(Street::web(by_host, 1));
    REQUIRE(report.state == DeploymentState::committed);
    CHECK(street.serving(shared_edge) == "web:1");
    CHECK(street.plan(Street::web(by_host, 1)).empty());
  }
}

TEST_CASE("a routed service is replaced without a request that fails") {
  Street street;
  const auto* file = by_port;
  auto name = street.own;
  SUBCASE("by port") {}
  SUBCASE("by host") {
    file = by_host;
    name = shared_edge;
  }
  REQUIRE(street.deploy(Street::web(file, 1)).state == DeploymentState::committed);
  Clients clients(street, name, street.target);
  clients.start(5);
  street.lets_go();
  for (const int version : {2, 3, 1}) {
    const auto report = street.deploy(Street::web(file, version));
    REQUIRE(report.state == DeploymentState::committed);
    CHECK(street.serving(name) == fmt::format("web:{}", version));
    const auto* slot = street.edge.slot(name, street.target);
    CHECK(slot->a == slot->b);  // a straggler lands at the new one too
    CHECK(street.plan(Street::web(file, version)).empty());
  }
  street.lets_go();
  CHECK(clients.failed().empty());
  CHECK(clients.by().size() == 4);
  CHECK(clients.longest_wait() < milliseconds(1));
  CHECK(street.edge.cut_off() == 0);
}

constexpr const char* files = R"(
services:
  web:
    image: site:{}
    x-landfast: {{route: {{host: ":3000", static: /srv/app, spa: true}}}}
)";

/// Images of files; 9 ends at once, 8 has no such folder.
struct FilesStreet : Street {
  FilesStreet() {
    for (const std::string version : {"1", "2", "3", "9"}) {
      FakeImageBehaviour site;
      site.files["/srv/app/index.html"] = version;
      if (version == "9") site.exits_after = milliseconds(20);
      if (version == "9") site.exit_code = 2;
      ids[std::stoi(version)] = image("site:" + version, site);
    }
    image("site:8");
  }
  [[nodiscard]] std::string served() const {
    return edge.request(own, target_id("shop", "web", 0)).container;
  }
  [[nodiscard]] std::string site(int version) const {
    return site_name(ids.at(version), "/srv/app");
  }
  std::map<int, std::string> ids;
};

TEST_CASE("files of an image are copied, switched to, and kept as long as a slot needs them") {
  FilesStreet street;
  for (const int version : {1, 2, 3, 1}) {
    const auto report = street.deploy(Street::web(files, version));
    REQUIRE(report.state == DeploymentState::committed);
    CHECK(street.served() == street.site(version));
    CHECK(street.plan(Street::web(files, version)).empty());
    CHECK(street.edge.sites(street.own).size() <= 2);
    CHECK(street.edge.unproven().empty());
  }
  for (const int version : {9, 8}) {  // a container that fails; an image without the folder
    const auto report = street.deploy(Street::web(files, version));
    CHECK(report.state == DeploymentState::undone);
    CHECK(street.served() == street.site(1));
    CHECK(street.plan(Street::web(files, 1)).empty());
  }
}

TEST_CASE("a failed gate fails no request") {
  Street street;
  REQUIRE(street.deploy(Street::web(by_port, 1)).state == DeploymentState::committed);
  Clients clients(street, street.own, street.target);
  clients.start(5);
  const auto report = street.deploy(Street::web(by_port, 9));
  CHECK(report.state == DeploymentState::undone);
  street.lets_go();
  CHECK(clients.failed().empty());
  CHECK(clients.by().size() == 1);
  CHECK(street.serving(street.own) == "web:1");
}

const std::string checked =
    std::string(by_port) + "x-landfast: {{verify: [{{http: \"http://web:80/\"}}]}}\n";

TEST_CASE("one answer that is lost in a drain cuts nobody off") {
  Street street;
  REQUIRE(street.deploy(Street::web(checked, 1)).state == DeploymentState::committed);
  Clients clients(street, street.own, street.target);
  clients.takes = milliseconds(200);
  clients.start(3);
  street.lets_go();
  bool is_lost = false, in_undo = false;
  street.edge.lose_answer = [&](std::string_view call) -> std::optional<Error> {
    const bool undoes = std::ranges::find(street.told, "undo_started") != street.told.end();
    if (call != "in_flight" || undoes != in_undo || is_lost) return std::nullopt;
    is_lost = true;
    Error e;
    e.code = Code::unavailable;
    e.text = "the edge does not answer";
    return e;
  };
  SUBCASE("of a deploy") {
    CHECK(street.deploy(Street::web(checked, 2)).state == DeploymentState::committed);
  }
  SUBCASE("of an undo") {
    in_undo = true;
    street.probe.answer = [](const HttpProbe&) {
      HttpAnswer answer;
      answer.status = 500;
      return Result<HttpAnswer>(answer);
    };
    CHECK(street.deploy(Street::web(checked, 2)).state == DeploymentState::undone);
  }
  CHECK(is_lost);
  street.lets_go();
  CHECK(street.edge.cut_off() == 0);
  CHECK(clients.failed().empty());
}

TEST_CASE("a certificate that fails refuses the release, and the one before serves on") {
  Street street;
  REQUIRE(street.deploy(Street::web(by_port, 1)).state == DeploymentState::committed);
  const auto table = revision_of(*street.edge.recorded(street.own));
  Clients clients(street, street.own, street.target);
  clients.start(5);
  const auto* more = R"(
services:
  web:
    image: web:{}
    restart: always
    ports: ["3000:80"]
    x-landfast: {{route: [":3000", {{host: ":3000", path: /admin, body: 1m}}]}}
)";
  street.edge.validate = [](const RouteTable& t) -> std::string {
    return t.routes.size() == 1 ? "" : "its certificate has expired";
  };
  const auto report = street.deploy(Street::web(more, 2));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->text.find("its certificate has expired") != std::string::npos);
  CHECK(revision_of(*street.edge.recorded(street.own)) == table);
  CHECK(street.plan(Street::web(by_port, 1)).empty());

  street.edge.validate = nullptr;  // somebody has renewed it
  CHECK(street.deploy(Street::web(more, 2)).state == DeploymentState::committed);
  CHECK(street.edge.recorded(street.own)->routes.size() == 2);
  CHECK(street.deploy(Street::web(by_port, 2)).state == DeploymentState::committed);
  CHECK(street.edge.recorded(street.own)->routes.size() == 1);
  street.lets_go();
  CHECK(clients.failed().empty());
  CHECK(clients.by().size() == 2);
}

TEST_CASE("what no edge can reach never serves, however healthy it is inside") {
  Street street;
  FakeImageBehaviour deaf;
  deaf.ready_after = std::chrono::hours(1);  // up, and its port listens on loopback only
  street.image("web:7", deaf, {"80/tcp"});
  REQUIRE(street.deploy(Street::web(by_port, 1)).state == DeploymentState::committed);
  Clients clients(street, street.own, street.target);
  clients.start(2);
  const auto report = street.deploy(Street::web(by_port, 7));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->text.find("gets no answer from the new web: HTTP 502") != std::string::npos);
  street.lets_go();
  CHECK(clients.failed().empty());
  CHECK(clients.longest_wait() < milliseconds(1));
  CHECK(clients.by().size() == 1);
}

TEST_CASE("what can write only once is held while it is replaced") {
  Street street;
  REQUIRE(street.deploy(Street::web(one_writer, 1)).state == DeploymentState::committed);
  Clients clients(street, shared_edge, street.target);
  clients.start(5);
  const auto plan = street.plan(Street::web(one_writer, 2));
  CHECK(plan_text(plan).find("no gap: requests wait at the edge") != std::string::npos);
  REQUIRE(street.deploy(Street::web(one_writer, 2)).state == DeploymentState::committed);
  street.lets_go();
  CHECK(clients.failed().empty());
  CHECK(clients.longest_wait() > milliseconds(80));
  CHECK(clients.longest_wait() < seconds(2));
  CHECK(street.edge.cut_off() == 0);
  CHECK(street.serving(shared_edge) == "web:2");
  SUBCASE("a failed gate brings the old one back") {
    CHECK(street.deploy(Street::web(one_writer, 8)).state == DeploymentState::undone);
    street.lets_go();
    CHECK(clients.failed().empty());
    CHECK(street.edge.cut_off() == 0);
    CHECK(street.serving(shared_edge) == "web:2");
  }
}

constexpr const char* impatient = R"(
services:
  web:
    image: web:{}
    restart: always
    volumes: [data:/data]
    x-landfast: {{route: shop.test, migrate: none, hold: 10s}}
volumes: {{data: }}
x-landfast: {{edge: behind}}
)";

TEST_CASE("nobody waits longer than the hold: a page tells to come again, until it serves") {
  Street street;
  FakeImageBehaviour slow;
  slow.ready_after = seconds(25);
  street.image("web:6", slow, {"80/tcp"});
  REQUIRE(street.deploy(Street::web(impatient, 1)).state == DeploymentState::committed);
  Clients clients(street, shared_edge, street.target);
  clients.start(3);
  const auto word = [&] { return street.edge.slot(shared_edge, street.target)->word; };
  SUBCASE("it serves in the end") {
    REQUIRE(street.deploy(Street::web(impatient, 6)).state == DeploymentState::committed);
    CHECK(street.serving(shared_edge) == "web:6");
  }
  SUBCASE("its deployer is killed while the page is shown") {
    const auto next = Street::web(impatient, 6);
    auto group = street.begin_deploy(next);
    while (group->live() > 0 && word() != SlotWord::down) street.clock.advance_to_next();
    REQUIRE(group->live() == 1);
    street.kill(std::move(group));
    street.clock.advance(milliseconds(100));
    street.recover();
    CHECK(street.serving(shared_edge) == "web:1");
  }
  street.lets_go();
  REQUIRE_FALSE(clients.failed().empty());
  for (const auto& f : clients.failed()) CHECK(f.find("503 at") == 0);
  CHECK(clients.longest_wait() < seconds(11));
  CHECK(word() != SlotWord::down);
  CHECK(street.edge.cut_off() == 0);
}

/// The deployer is killed after each number of moves; whatever it had done, nobody saw an error.
void killed_everywhere(const char* file, const std::string& name) {
  for (int moves = 1; moves < 2000; moves += 7) {
    CAPTURE(moves);
    Street street;
    REQUIRE(street.deploy(Street::web(file, 1)).state == DeploymentState::committed);
    Clients clients(street, name, street.target);
    clients.start(2);
    const auto next = Street::web(file, 2);
    auto group = street.begin_deploy(next);
    const bool ended = street.go_on(*group, moves);
    street.kill(std::move(group));
    street.clock.advance(milliseconds(100));
    street.recover();
    street.lets_go();
    CHECK(clients.failed().empty());
    CHECK(street.edge.cut_off() == 0);
    CHECK(street.edge.violations().empty());
    const auto serving = street.serving(name);
    const auto history = street.clock.run(street.journal.history("shop")).value();
    CHECK(serving == history.current->services.at("web").image_ref);
    CHECK_FALSE(history.unfinished);
    REQUIRE(street.deploy(next).state == DeploymentState::committed);
    CHECK(street.serving(name) == "web:2");
    CHECK(street.plan(next).empty());
    if (ended) return;
  }
}

TEST_CASE("a deployer that is killed anywhere fails no request") {
  SUBCASE("beside") { killed_everywhere(by_port, own_edge("shop")); }
  SUBCASE("held") { killed_everywhere(one_writer, shared_edge); }
}

TEST_CASE("a port goes from its container to the edge once, and back when the stack is left") {
  Street street;
  auto plain = Stage::project(
      "services:\n  web: {image: \"web:1\", restart: always, ports: [\"3000:80\"]}\n");
  REQUIRE(street.deploy(plain).state == DeploymentState::committed);
  const auto plan = street.plan(Street::web(by_port, 1));
  CHECK(plan_text(plan).find("a gap of some seconds, once") != std::string::npos);
  REQUIRE(street.deploy(Street::web(by_port, 1)).state == DeploymentState::committed);
  CHECK(street.serving(street.own) == "web:1");
  DeployOptions leave;
  leave.leave = true;
  REQUIRE(street.deploy(Street::web(by_port, 1), leave).state == DeploymentState::committed);
  CHECK(street.engine.daemon.find(street.own) == nullptr);
  CHECK(street.engine.daemon.accepts("127.0.0.1", 3000));
}

TEST_CASE("a take-over that fails gives the port back") {
  Street street;
  auto plain = Stage::project(
      "services:\n  web: {image: \"web:1\", restart: always, ports: [\"3000:80\"]}\n");
  REQUIRE(street.deploy(plain).state == DeploymentState::committed);
  const auto before = street.containers();
  street.edge.validate = [](const RouteTable&) { return "caddy does not like it"; };
  CHECK(street.deploy(Street::web(by_port, 1)).state == DeploymentState::undone);
  CHECK(street.containers() == before);
  CHECK(street.engine.daemon.accepts("127.0.0.1", 3000));
  CHECK(street.engine.daemon.find(street.own) == nullptr);
}

TEST_CASE("down takes the stack's own edge with it") {
  Street street;
  REQUIRE(street.deploy(Street::web(by_port, 1)).state == DeploymentState::committed);
  const auto world = street.world();
  const auto plan = plan_down(nullptr, world, VerbOptions{});
  REQUIRE(plan);
  const auto report =
      street.clock.run(run_verb(street.ports, nullptr, world, *plan, [](const Event&) {}));
  CHECK_FALSE(report.error);
  CHECK(street.engine.daemon.find(street.own) == nullptr);
  CHECK(street.edge.recorded(street.own) == nullptr);
  CHECK_FALSE(street.engine.daemon.has_network(edge_network("shop")));
}

TEST_CASE(
    "what is stopped shows the page from before its stop, and serves again once it is ready") {
  Street street;
  const auto web = Street::web(by_port, 1);
  REQUIRE(street.deploy(web).state == DeploymentState::committed);
  const auto carry_out = [&](auto plan_of) {
    const auto world = street.world();
    const auto plan = plan_of(nullptr, world, VerbOptions{});
    REQUIRE(plan);
    return street.clock.run(run_verb(street.ports, nullptr, world, *plan, [](const Event&) {}));
  };
  Clients clients(street, street.own, street.target);
  clients.start(5);
  street.lets_go();
  CHECK_FALSE(carry_out(plan_stop).error);
  street.lets_go();
  CHECK(street.edge.request(street.own, street.target).how == Served::maintenance);
  CHECK(street.edge.cut_off() == 0);
  CHECK_FALSE(carry_out(plan_start).error);
  const auto failures = clients.failures();
  street.lets_go();
  CHECK(clients.failures() == failures);
  CHECK_FALSE(clients.failed().empty());
  for (const auto& failed : clients.failed()) CHECK(failed.starts_with("503"));
  CHECK(clients.longest_wait() < milliseconds(1));
  CHECK(street.edge.unproven().empty());
  CHECK(street.serving(street.own) == "web:1");

  CHECK_FALSE(carry_out(plan_stop).error);
  REQUIRE(street.deploy(web).state == DeploymentState::committed);
  CHECK(street.serving(street.own) == "web:1");

  street.edge.refuse = [](std::string_view call) -> std::optional<Error> {
    if (call != "switch_to" && call != "in_flight") return std::nullopt;
    return Error{.code = Code::unavailable, .text = "no answer"};
  };
  CHECK_FALSE(carry_out(plan_stop).error);
  for (const auto& c : street.world().containers)
    if (c.label(label::service) == "web") CHECK_FALSE(has_processes(c));
}

TEST_CASE("networks that the engine miscounts stay, and hold up nothing") {
  Street street;
  const auto web = Street::web(by_port, 1);
  street.engine.daemon.miscounted = {edge_network("shop"), street.own, "shop_default"};
  CHECK(street.deploy(Street::web(by_port, 9)).state == DeploymentState::undone);
  REQUIRE(street.deploy(web).state == DeploymentState::committed);
  CHECK(street.serving(street.own) == "web:1");
  const auto world = street.world();
  const auto plan = plan_down(nullptr, world, VerbOptions{});
  REQUIRE(plan);
  std::set<std::string> told;
  const auto report =
      street.clock.run(run_verb(street.ports, nullptr, world, *plan, [&](const Event& e) {
        if (e.kind == EventKind::notice) told.insert(e.text);
      }));
  CHECK_FALSE(report.error);
  CHECK(told.size() == 3);
  CHECK(street.engine.daemon.find(street.own) == nullptr);
  street.engine.daemon.miscounted.clear();
  REQUIRE(street.deploy(web).state == DeploymentState::committed);
  CHECK(street.serving(street.own) == "web:1");
}

TEST_CASE("two stacks share the edge of the hosts, and a clash names both") {
  Street street;
  REQUIRE(street.deploy(Street::web(by_host, 1)).state == DeploymentState::committed);
  const auto blog = [](const std::string& host) {
    return Stage::project("services:\n  web: {image: \"web:2\", x-landfast: {route: " + host +
                              "}}\nx-landfast: {edge: behind}\n",
                          "blog");
  };
  try {
    static_cast<void>(street.plan(blog("shop.test")));
    FAIL("a clash was planned");
  } catch (const std::exception& e) {
    CHECK(std::string(e.what()).find("web of stack blog and by web of stack shop") !=
          std::string::npos);
  }
  REQUIRE(street.deploy(blog("blog.test")).state == DeploymentState::committed);
  CHECK(street.serving(shared_edge) == "web:1");
  CHECK(street.edge.recorded(shared_edge)->targets.size() == 2);
  CHECK(street.plan(Street::web(by_host, 1)).empty());
}

TEST_CASE("an edge that was killed comes back, and what it serves is what its files say") {
  Street street;
  REQUIRE(street.deploy(Street::web(by_port, 1)).state == DeploymentState::committed);
  const auto* process = street.engine.daemon.find(street.own);
  REQUIRE(process != nullptr);
  REQUIRE(street.engine.daemon.crash(process->id, 137));
  street.clock.advance(seconds(2));
  CHECK(street.serving(street.own) == "web:1");
  REQUIRE(street.deploy(Street::web(by_port, 2)).state == DeploymentState::committed);
  CHECK(street.serving(street.own) == "web:2");
}

}  // namespace
}  // namespace landfast
