// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "plan/names.h"
#include "simulation/shop.h"
#include "simulation/shop_data.h"

namespace landfast {
namespace {

/// The shop at version 1, its database known as such, with users that write.
struct GuardedShop : Stage {
  GuardedShop() {
    load_shop_images(*this, 1);
    keeps("db", "shop_data", StoreKind::postgres);
    const auto first = deploy(project(Versions{}.yaml()));
    REQUIRE(first.state == DeploymentState::committed);
    told.clear();
  }
  ShopData data{*this};

  RunReport move_to(Versions versions) { return deploy(project(versions.yaml())); }
  [[nodiscard]] std::vector<std::string> asides() const {
    std::vector<std::string> names;
    for (const auto& v : engine.daemon.volumes())
      if (v.labels.contains(label::of)) names.push_back(v.name);
    return names;
  }
  /// Whether a service has no network but the fence.
  [[nodiscard]] bool fenced() const {
    const auto all = engine.daemon.list(ContainerFilter{});
    return std::any_of(all.begin(), all.end(), [](const auto& c) {
      return c.networks.size() == 1 && is_fence("shop", c.networks.begin()->key());
    });
  }
  [[nodiscard]] bool was_told(const std::string& line) const {
    return std::any_of(told.begin(), told.end(),
                       [&](const auto& t) { return t.starts_with(line); });
  }
};

Versions app_version(int app) {
  Versions v;
  v.app = app;
  return v;
}

TEST_CASE("a first deployment guards nothing: there is nothing to lose") {
  GuardedShop shop;
  CHECK(shop.asides().empty());
  CHECK(shop.data.wrong_with(1).empty());
}

TEST_CASE("a pending migration runs on a copy, and the original is set aside") {
  GuardedShop shop;
  const auto report = shop.move_to(app_version(2));
  REQUIRE(report.state == DeploymentState::committed);
  CHECK(shop.data.wrong_with(2).empty());
  CHECK(shop.asides() == std::vector<std::string>{"shop_data.lf-2"});
  const auto aside = shop.volumes.tree(FakeVolumes::path_of("shop_data.lf-2"));
  CHECK(aside.at("schema") == "app:1");
  CHECK(shop.containers() == app_version(2).wanted());
  CHECK_FALSE(shop.fenced());
  CHECK(shop.plan(Stage::project(app_version(2).yaml())).empty());
}

TEST_CASE("a migration that fails half-way leaves the data as it was") {
  GuardedShop shop;
  const auto before = shop.containers();
  const auto report = shop.move_to(app_version(8));
  CHECK(report.state == DeploymentState::undone);
  CHECK(report.aftermath.find("the data is as it was before") != std::string::npos);
  CHECK(shop.data.wrong_with(1).empty());
  CHECK(shop.containers() == before);
  CHECK(shop.asides().empty());
  CHECK_FALSE(shop.fenced());
  CHECK(shop.plan(Stage::project(Versions{}.yaml())).empty());
}

TEST_CASE("an undo that is killed anywhere and undone again leaves the data as it was") {
  const auto broken = Stage::project(app_version(8).yaml());
  for (int moves = 0;; ++moves) {
    CAPTURE(moves);
    GuardedShop shop;
    const auto before = shop.containers();
    auto deployer = shop.begin_deploy(broken);
    while (deployer->live() > 0 && !shop.was_told("undo_started")) shop.clock.advance_to_next();
    const bool ended = shop.go_on(*deployer, moves);
    shop.kill(std::move(deployer));
    shop.recover();
    CHECK(shop.data.wrong_with(1).empty());
    CHECK(shop.containers() == before);
    CHECK(shop.asides().empty());
    CHECK_FALSE(shop.fenced());
    if (!ended) continue;
    CHECK(moves > 0);
    return;
  }
}

TEST_CASE("an app that fails its gate after the migration leaves the data as it was") {
  GuardedShop shop;
  const auto report = shop.move_to(app_version(9));
  CHECK(report.state == DeploymentState::undone);
  CHECK(shop.data.wrong_with(1).empty());
  CHECK_FALSE(shop.fenced());
}

TEST_CASE("a deploy with nothing pending fences nothing") {
  GuardedShop shop;
  Versions v;
  v.web = 2;
  REQUIRE(shop.move_to(v).state == DeploymentState::committed);
  CHECK(shop.asides().empty());
  CHECK_FALSE(shop.was_told("step_started db/1"));
}

/// The same with a database that is large on the disk.
struct LargeShop : GuardedShop {
  LargeShop() { volumes.scale = std::uint64_t{16} << 20; }
  [[nodiscard]] bool was_called(const std::string& call) const {
    return std::any_of(volumes.calls.begin(), volumes.calls.end(),
                       [&](const auto& c) { return c.starts_with(call + " "); });
  }
  [[nodiscard]] std::size_t place_of(const std::string& line) const {
    const auto it =
        std::find_if(told.begin(), told.end(), [&](const auto& t) { return t.starts_with(line); });
    return static_cast<std::size_t>(it - told.begin());
  }
  /// From now on nothing more fits on the disk.
  void fill_disk() { volumes.capacity = 1; }
  [[nodiscard]] bool was_stopped() const {
    return was_told("step_started app/1:retire") || was_told("step_started db/1:stop-clean");
  }
};

TEST_CASE("a large database is copied while it serves, and then what has changed since") {
  LargeShop shop;
  std::size_t during = 0;
  const auto users = std::move(shop.volumes.while_copying);
  shop.volumes.while_copying = [&] {
    const auto before = shop.data.acknowledged();
    users();
    during += shop.data.acknowledged() - before;
  };
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  CHECK(during > 0);
  CHECK(shop.data.wrong_with(2).empty());
  CHECK(shop.was_called("copy_in_use"));
  CHECK(shop.was_called("finish_copy"));
  CHECK_FALSE(shop.was_called("copy"));
  CHECK(shop.place_of("step_done volume:shop_data:first-copy") <
        shop.place_of("step_started app/1:retire"));
  CHECK(shop.place_of("step_done db/1:stop-clean") <
        shop.place_of("step_started volume:shop_data:copy"));
}

TEST_CASE("a disk that shares blocks needs no first copy, and one for a store that rests neither") {
  LargeShop shop;
  SUBCASE("blocks are shared") { shop.volumes.reflink = true; }
  SUBCASE("nothing runs") {
    REQUIRE(shop.clock.run(
        shop.engine.daemon.stop(shop.engine.daemon.find("shop-db-1")->id, std::nullopt)));
  }
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  CHECK_FALSE(shop.was_called("copy_in_use"));
  CHECK(shop.was_called("copy"));
}

TEST_CASE("a disk that fills up during the first copy stops nothing") {
  LargeShop shop;
  shop.volumes.while_copying = [&] { shop.fill_disk(); };
  const auto report = shop.move_to(app_version(2));
  CHECK(report.state == DeploymentState::undone);
  CHECK(report.error->text.find("No space left") != std::string::npos);
  CHECK_FALSE(shop.was_stopped());
  CHECK(shop.asides().empty());
  CHECK(shop.containers() == Versions{}.wanted());
  CHECK(shop.data.wrong_with(1).empty());
}

TEST_CASE("a disk that fills up behind the fence leaves the data as it was") {
  LargeShop shop;
  shop.volumes.refuse = [&](std::string_view call) -> std::optional<Error> {
    if (call == "finish_copy") shop.fill_disk();
    return std::nullopt;
  };
  const auto report = shop.move_to(app_version(2));
  CHECK(report.state == DeploymentState::undone);
  CHECK(shop.was_stopped());
  CHECK(shop.asides().empty());
  CHECK(shop.containers() == Versions{}.wanted());
  CHECK(shop.data.wrong_with(1).empty());
  CHECK_FALSE(shop.fenced());
}

TEST_CASE("data that comes back is copied before anything is stopped, where it is large") {
  LargeShop shop;
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  shop.told.clear();
  DeployOptions back;
  back.data_of = 1;
  REQUIRE(shop.deploy(Stage::project(Versions{}.yaml()), back).state == DeploymentState::committed);
  CHECK(shop.volumes.tree(FakeVolumes::path_of("shop_data")).at("schema") == "app:1");
  CHECK(shop.place_of("step_done volume:shop_data:first-copy") <
        shop.place_of("step_started app/1:retire"));
}

TEST_CASE("a database that is replaced itself goes on on a copy") {
  GuardedShop shop;
  Versions v;
  v.db = 16;
  REQUIRE(shop.move_to(v).state == DeploymentState::committed);
  CHECK(shop.data.wrong_with(1).empty());
  CHECK(shop.asides() == std::vector<std::string>{"shop_data.lf-2"});
  CHECK(shop.containers() == v.wanted());
}

TEST_CASE("only the newest copies stay set aside") {
  GuardedShop shop;
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  auto next = app_version(2);
  next.db = 16;
  REQUIRE(shop.move_to(next).state == DeploymentState::committed);
  REQUIRE(shop.asides() == std::vector<std::string>{"shop_data.lf-3"});
  const auto keep = shop.engine.daemon.inspect("shop-landfast-keep");
  REQUIRE(keep);
  CHECK(keep->mounts.size() == 2);
}

TEST_CASE("data comes back as a release left it, and what it no longer knows is migrated again") {
  GuardedShop shop;
  const auto schema = [&] {
    return shop.volumes.tree(FakeVolumes::path_of("shop_data")).at("schema");
  };
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  DeployOptions back;
  back.data_of = 1;
  const auto report = shop.deploy(Stage::project(Versions{}.yaml()), back);
  REQUIRE(report.state == DeploymentState::committed);
  CHECK(schema() == "app:1");
  CHECK(shop.asides() == std::vector<std::string>{"shop_data.lf-3"});
  CHECK(shop.volumes.tree(FakeVolumes::path_of("shop_data.lf-3")).at("schema") == "app:2");
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  CHECK(schema() == "app:2");
  CHECK(shop.asides() == std::vector<std::string>{"shop_data.lf-4"});
}

TEST_CASE("a return of data that fails leaves today's") {
  GuardedShop shop;
  REQUIRE(shop.move_to(app_version(2)).state == DeploymentState::committed);
  DeployOptions back;
  back.data_of = 1;
  const auto report = shop.deploy(Stage::project(app_version(9).yaml()), back);
  CHECK(report.state == DeploymentState::undone);
  CHECK(shop.data.wrong_with(2).empty());
  CHECK(shop.asides() == std::vector<std::string>{"shop_data.lf-2"});
  CHECK_FALSE(shop.fenced());
}

TEST_CASE("a database that has been replaced by an empty one stops the deploy before it begins") {
  GuardedShop shop;
  const auto before = shop.containers();
  REQUIRE(shop.clock.run(shop.volumes.empty(FakeVolumes::path_of("shop_data"))));
  const auto refused = shop.move_to(app_version(2));
  REQUIRE(refused.error);
  CHECK(refused.error->text ==
        "shop_data, where db keeps the PostgreSQL data of release 1, is empty");
  CHECK(refused.error->hint.find("--new-volume shop_data") != std::string::npos);
  CHECK(shop.containers() == before);
  CHECK(shop.asides().empty());
  DeployOptions options;
  options.new_volumes = {"shop_data"};
  CHECK_FALSE(shop.plan(Stage::project(app_version(2).yaml()), options).empty());
}

TEST_CASE("a store that does not end cleanly is not copied") {
  GuardedShop shop;
  auto killed = shop.engine.daemon.find("shop-db-1")->id;
  REQUIRE(shop.engine.daemon.kill(killed, "KILL"));
  const auto report = shop.move_to(app_version(2));
  CHECK(report.state == DeploymentState::undone);
  CHECK_FALSE(shop.was_told("step_started volume:shop_data:copy"));
  CHECK(shop.asides().empty());
}

TEST_CASE("a container of another stack that uses the volume stops the deploy before it begins") {
  GuardedShop shop;
  boost::json::object host{{"Binds", boost::json::array{"shop_data:/data"}}};
  const auto id = shop.engine.daemon.create(
      "thief", boost::json::object{{"Image", "side:1"}, {"HostConfig", host}});
  REQUIRE(id);
  REQUIRE(shop.engine.daemon.start(*id));
  const auto report = shop.move_to(app_version(2));
  REQUIRE(report.state == DeploymentState::planned);
  REQUIRE(report.error);
  CHECK(report.error->text.find("thief") != std::string::npos);
  CHECK(shop.told.empty());
}

TEST_CASE("a copy that does not fit is refused with the numbers") {
  GuardedShop shop;
  shop.volumes.capacity = 10;
  const auto report = shop.move_to(app_version(2));
  CHECK(report.state == DeploymentState::planned);
  REQUIRE(report.error);
  CHECK(report.error->text.find("are free") != std::string::npos);
}

}  // namespace
}  // namespace landfast
