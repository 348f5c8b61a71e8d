// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_edge.h"

#include <doctest/doctest.h>

#include <memory>

#include "conformance/edge_suite.h"

namespace landfast {
namespace {

struct Street {
  SimulatedClock clock;
  FakeDaemon daemon{clock};
  FakeEdge own{clock, daemon};
};

/// An edge that runs and two containers beside it, as conformance/edge_suite.h asks for.
struct Owner {
  std::unique_ptr<Street> street = std::make_unique<Street>();
  Edge& edge() { return street->own; }
  Owner() {
    FakeImage app;
    app.config["ExposedPorts"] = boost::json::object{{"3000/tcp", boost::json::object()}};
    street->daemon.load("app:1", app);
    street->daemon.load("landfast/edge:2.11", {});
    REQUIRE(street->daemon.create_network({{"Name", "shop_landfast-edge"}}));
  }
  std::string name() { return "shop-landfast-edge"; }
  void start_edge() { start("edge-1", "landfast/edge:2.11", "edge", {{"landfast.edge", name()}}); }
  void stop_edge() { REQUIRE(street->daemon.remove("edge-1", true, false)); }
  void start_app(const std::string& alias) {
    start(alias, "app:1", alias, {});
    street->clock.advance(std::chrono::seconds(1));
  }
  std::string asked(const std::string& target) {
    const auto r = street->own.request(name(), target);
    if (r.how == Served::answered) return street->daemon.find(r.container)->name;
    return r.how == Served::maintenance ? "503" : r.how == Served::held ? "held" : "refused";
  }
  template <class T>
  T run(Task<T> task) {
    return street->clock.run(std::move(task));
  }

 private:
  void start(const std::string& as, const std::string& image, const std::string& alias,
             boost::json::object labels) {
    boost::json::object endpoint{{"Aliases", boost::json::array{alias}}};
    boost::json::object body{{"Image", image}, {"Labels", std::move(labels)}};
    body["HostConfig"] = boost::json::object{{"NetworkMode", "shop_landfast-edge"}};
    body["NetworkingConfig"] = boost::json::object{
        {"EndpointsConfig", boost::json::object{{"shop_landfast-edge", std::move(endpoint)}}}};
    const auto id = street->daemon.create(as, std::move(body));
    REQUIRE(id);
    REQUIRE(street->daemon.start(*id));
  }
};

TEST_CASE("an edge in memory: conformance") {
  conformance::edge_suite([] { return Owner(); });
}

TEST_CASE("requests in flight are counted by slot, and end with their container or with the edge") {
  Owner owner;
  auto& own = owner.street->own;
  const auto target = target_id("shop", "app", 3000);
  REQUIRE(owner.run(own.apply(conformance::table_of(owner.name()), "")));
  owner.start_edge();
  owner.start_app("lf-1-app-1");
  REQUIRE(owner.run(own.set_address(owner.name(), target, SlotName::a, {"lf-1-app-1:3000"})));
  REQUIRE(owner.run(own.switch_to(owner.name(), target, SlotWord::a)));
  const auto first = own.open(owner.name(), target);
  const auto second = own.open(owner.name(), target);
  CHECK(owner.run(own.in_flight(owner.name(), target, SlotName::a)).value() == 2);
  CHECK(owner.run(own.in_flight(owner.name(), target, SlotName::b)).value() == 0);
  own.finish(first.id);
  CHECK(owner.run(own.in_flight(owner.name(), target, SlotName::a)).value() == 1);
  REQUIRE(owner.street->daemon.remove(second.container, true, false));
  CHECK(own.cut_off() == 1);
  CHECK(owner.run(own.in_flight(owner.name(), target, SlotName::a)).value() == 0);
}

}  // namespace
}  // namespace landfast
