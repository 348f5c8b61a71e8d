// SPDX-License-Identifier: Apache-2.0
#include "plan/guard_facts.h"

#include <doctest/doctest.h>

#include "plan/guard.h"
#include "plan/names.h"
#include "plan/undo.h"

namespace landfast {
namespace {

namespace json = boost::json;

const ExchangeFacts facts{"shop_data", "shop_data.lf-5", {8, 100}, {8, 101}};

VolumeContent control_file(const std::string& path, char state) {
  FoundFile file;
  file.path = path;
  file.head = std::string(16, '\0') + state + std::string(3, '\0');
  return {{file}, false};
}

Container fenced_database() {
  Container c;
  c.id = "0123456789abcdef";
  c.name = "shop-db-1";
  c.status = ContainerStatus::running;
  c.labels[label::service] = "db";
  c.networks[fence_name("shop", 5)] = json::object{};
  return c;
}

VolumeState copy_of(const std::string& volume, int deployment) {
  VolumeState v;
  v.name = aside_name(volume, deployment);
  v.labels = {
      {label::of, volume}, {label::stack, "shop"}, {label::deployment, std::to_string(deployment)}};
  return v;
}

VolumeState copy_that_keeps(const std::string& volume, int deployment, const std::string& keeps) {
  auto v = copy_of(volume, deployment);
  v.labels[label::keeps] = keeps;
  return v;
}

std::string names(const std::vector<const VolumeState*>& volumes) {
  std::string text;
  for (const auto* v : volumes) text += v->name + " ";
  return text;
}

IntendedStep exchange_intent() {
  return {"volume:shop_data:exchange", StepKind::exchange_volumes, to_json(facts)};
}

std::string ids(const Plan& plan) {
  std::string text;
  for (const auto& s : plan.steps) text += s.id + "\n";
  return text;
}

TEST_CASE("what was recorded of an exchange is read back whole, or not at all") {
  const auto read = exchange_facts(to_json(facts));
  REQUIRE(read);
  CHECK(read->volume == facts.volume);
  CHECK(read->aside == facts.aside);
  CHECK(read->original == facts.original);
  CHECK(read->copy == facts.copy);
  auto torn = to_json(facts);
  torn.erase("copy");
  CHECK_FALSE(exchange_facts(torn));
}

TEST_CASE("two directories tell whether they were exchanged") {
  CHECK(exchanged(facts, {8, 100}, {8, 101}) == Exchanged::no);
  CHECK(exchanged(facts, {8, 101}, {8, 100}) == Exchanged::yes);
  CHECK(exchanged(facts, {8, 100}, {8, 102}) == Exchanged::neither);
  CHECK(exchanged(facts, {9, 101}, {8, 100}) == Exchanged::neither);
}

TEST_CASE("a store's own words say whether it ended cleanly") {
  CHECK(not_clean(StoreKind::postgres, 0, control_file("global/pg_control", 1)).empty());
  CHECK(not_clean(StoreKind::postgres, 0, control_file("18/docker/global/pg_control", 2)).empty());
  CHECK_FALSE(not_clean(StoreKind::postgres, 0, control_file("global/pg_control", 6)).empty());
  CHECK_FALSE(not_clean(StoreKind::postgres, 0, {}).empty());
  CHECK(not_clean(StoreKind::redis_data, 0, {}).empty());
  CHECK(not_clean(StoreKind::mariadb, 137, {}).find("137") != std::string::npos);
  CHECK(not_clean(StoreKind::files, 143, {}).empty());
}

TEST_CASE("an endpoint comes back as it was asked for, without what the engine adds") {
  const json::object shown{{"Aliases", json::array{"db", "store", "0123456789ab"}},
                           {"IPAMConfig", json::object{{"IPv4Address", "10.1.2.77"}}},
                           {"Links", nullptr},
                           {"IPAddress", "10.1.2.77"},
                           {"NetworkID", "n1"}};
  const auto endpoint = recorded_endpoint(shown, "0123456789abcdef");
  CHECK(endpoint == json::object{{"IPAMConfig", json::object{{"IPv4Address", "10.1.2.77"}}},
                                 {"Aliases", json::array{"db", "store"}}});
}

TEST_CASE("in the fence a container has all its names") {
  Container c;
  c.id = "0123456789abcdef";
  c.config["Hostname"] = "pg";
  c.networks["a"] = json::object{{"Aliases", json::array{"db", "0123456789ab"}}};
  c.networks["b"] = json::object{{"Aliases", json::array{"db", "store"}}};
  CHECK(fence_endpoint(c) == json::object{{"Aliases", json::array{"db", "pg", "store"}}});
}

TEST_CASE("the way out of the fence; an undo ends with the fence itself") {
  World world;
  world.containers = {fenced_database()};
  NetworkState fence;
  fence.name = fence_name("shop", 5);
  fence.labels[label::stack] = "shop";
  world.networks = {fence};
  const json::object recorded{{"id", "0123456789abcdef"},
                              {"networks", json::object{{"shop_default", json::object{}}}}};
  const std::vector<FenceRecord> records{{"db/1:fence", &recorded}};
  auto steps = unfencing("shop", 5, records, world, DeploymentState::committed, "leftover:");
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].kind == StepKind::unfence_container);
  steps = unfencing("shop", 5, records, world, DeploymentState::undoing, "undo:");
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].kind == StepKind::unfence_container);
  CHECK(steps[1].kind == StepKind::remove_fence);
  CHECK(steps[1].after == std::vector<std::string>{steps[0].id});
  world.networks.clear();
  world.containers[0].networks = json::object{{"shop_default", json::object{}}};
  CHECK(unfencing("shop", 5, records, world, DeploymentState::committed, "").empty());
}

Container beside(Container container, const std::string& name) {
  container.id = "of " + name;
  container.name = name;
  return container;
}

TEST_CASE("a fence of an earlier deployment goes once all that was in it has been started anew") {
  World world;
  world.containers = {fenced_database(), beside(fenced_database(), "shop-app-1")};
  NetworkState fence;
  fence.name = fence_name("shop", 5);
  world.networks = {fence};
  CHECK(outdated_fences("shop", 5, world, {"shop-db-1"}).empty());  // it is this deployment's own
  CHECK(outdated_fences("shop", 6, world, {}).empty());
  REQUIRE(outdated_fences("shop", 6, world, {"shop-db-1", "shop-app-1"}).size() == 1);
  CHECK(outdated_fences("shop", 6, world, {"shop-app-1"}).size() ==
        1);  // nobody is left to talk to
  world.containers[0].networks["shop_default"] = json::object{};
  const auto recorded = fence_facts(world.containers[0], "shop");
  CHECK(recorded.at("networks").as_object().size() == 1);
  CHECK(recorded.at("networks").as_object().contains("shop_default"));
}

TEST_CASE("an undo exchanges back what was exchanged, then removes the copy") {
  World world;
  world.volumes = {copy_of("shop_data", 5)};
  world.identities = {{"shop_data", facts.copy}, {"shop_data.lf-5", facts.original}};
  const auto undo = plan_undo("shop", 5, {exchange_intent()}, world, false);
  REQUIRE(ids(undo) == "undo:volume:shop_data:exchange\nundo:volume:shop_data.lf-5:drop\n");
  CHECK(undo.steps[1].after == std::vector<std::string>{"undo:volume:shop_data:exchange"});
  CHECK(undo.steps[1].facts == to_json(facts));
}

TEST_CASE("an undo leaves data alone that has its place already") {
  World world;
  world.volumes = {copy_of("shop_data", 5)};
  world.identities = {{"shop_data", facts.original}, {"shop_data.lf-5", facts.copy}};
  CHECK(ids(plan_undo("shop", 5, {exchange_intent()}, world, false)) ==
        "undo:volume:shop_data.lf-5:drop\n");
  world.volumes.clear();
  world.identities.erase("shop_data.lf-5");
  CHECK(plan_undo("shop", 5, {exchange_intent()}, world, false).empty());
}

TEST_CASE("an undo never removes what another deployment set aside") {
  World world;
  world.volumes = {copy_of("shop_data", 4)};
  world.identities = {{"shop_data", facts.original}, {"shop_data.lf-4", {8, 90}}};
  CHECK(plan_undo("shop", 5, {exchange_intent()}, world, false).empty());
}

TEST_CASE("a committed deployment lets the copies go that are older than guard.keep allows") {
  std::vector<VolumeState> there = {copy_of("shop_data", 3), copy_of("shop_data", 10),
                                    copy_of("shop_files", 4), VolumeState{}};
  there.push_back(copy_that_keeps("shop_data", 12, "2"));
  CHECK(names(asides_let_go(there, "shop", 12)) == "shop_data.lf-3 ");
  there.back() = copy_that_keeps("shop_data", 12, "1");
  CHECK(names(asides_let_go(there, "shop", 12)) == "shop_data.lf-10 shop_data.lf-3 ");
  CHECK(asides_let_go(there, "shop", 11).empty());
  CHECK(asides_let_go(there, "blog", 12).empty());
  there.back() = copy_that_keeps("shop_data", 12, "0");
  CHECK(asides_let_go(there, "shop", 12).empty());
  there.back() = copy_of("shop_data", 12);  // of a Landfast that did not note it
  CHECK(asides_let_go(there, "shop", 12).empty());
  there.back() = copy_that_keeps("shop_data", 12, "1");
  there.push_back(copy_that_keeps("shop_data", 13, "1"));  // that deployment has not committed
  CHECK(asides_let_go(there, "shop", 12).empty());
}

TEST_CASE("what runs on a copy is stopped before the original comes back") {
  World world;
  world.containers = {fenced_database()};
  world.volumes = {copy_of("shop_data", 5)};
  world.identities = {{"shop_data", facts.copy}, {"shop_data.lf-5", facts.original}};
  const json::object was{{"id", "0123456789abcdef"},
                         {"name", "shop-db-1"},
                         {"policy", "always"},
                         {"retries", 0},
                         {"running", true}};
  const auto undo = plan_undo(
      "shop", 5, {{"db/1:stop-clean", StepKind::stop_clean, was}, exchange_intent()}, world, false);
  REQUIRE(ids(undo) ==
          "undo:shop-db-1:stop\nundo:volume:shop_data:exchange\nundo:shop-db-1:restore\n"
          "undo:volume:shop_data.lf-5:drop\n");
  CHECK(undo.steps[1].after == std::vector<std::string>{"undo:shop-db-1:stop"});
  CHECK(undo.steps[2].running);
}

TEST_CASE("a stack that is guarded again and again keeps a few fences, not one for each time") {
  World world;
  world.containers = {fenced_database(), beside(fenced_database(), "shop-cache-1")};
  for (const int deployment : {12, 5, 9, 7, 3}) {
    NetworkState fence;
    fence.name = fence_name("shop", deployment);
    world.networks.push_back(fence);
    for (auto& c : world.containers) c.networks[fence.name] = json::object{};
  }
  const auto outdated = outdated_fences("shop", 13, world, {});
  REQUIRE(outdated.size() == 2);
  CHECK(outdated[0]->name == fence_name("shop", 3));
  CHECK(outdated[1]->name == fence_name("shop", 5));
}

TEST_CASE("who has the place of a store mounted") {
  Store volume, folder;
  volume.volume = "shop_data";
  volume.path = "/var/lib/docker/volumes/shop_data/_data";
  folder.path = "/srv/shop/db";
  const auto has = [](const Store& store, const char* name, const char* source, bool writable) {
    Container c;
    c.mounts.push_back(boost::json::object{{"Type", *name != 0 ? "volume" : "bind"},
                                           {"Name", name},
                                           {"Source", source},
                                           {"RW", writable}});
    return mounts(c, store);
  };
  CHECK(has(volume, "shop_data", "/var/lib/docker/volumes/shop_data/_data", false));
  CHECK_FALSE(has(volume, "shop_more", "/var/lib/docker/volumes/shop_more/_data", true));
  CHECK(has(volume, "", "/var/lib/docker/volumes/shop_data/_data", true));
  CHECK(has(volume, "", "/var/lib/docker/volumes/shop_data/_data/inner", true));
  CHECK_FALSE(has(volume, "", "/var/lib/docker/volumes/shop_data/_data", false));
  CHECK_FALSE(has(volume, "", "/var/lib/docker/volumes", true));
  CHECK(has(folder, "", "/srv/shop/db", false));
  CHECK(has(folder, "", "/srv/shop", true));
  CHECK(has(folder, "", "/srv/shop/db/inner", true));
  CHECK_FALSE(has(folder, "", "/srv/shop", false));
  CHECK_FALSE(has(folder, "", "/srv/shop/db2", true));
}

}  // namespace
}  // namespace landfast
