// SPDX-License-Identifier: Apache-2.0
#include "plan/undo.h"

#include <doctest/doctest.h>

#include "plan/guard_facts.h"
#include "plan/names.h"

namespace landfast {
namespace {

Container container(const std::string& id, const std::string& name, ContainerStatus status,
                    const std::string& policy, int deployment) {
  Container c;
  c.id = id;
  c.name = name;
  c.status = status;
  c.restart_policy.name = policy;
  c.labels[label::service] = "app";
  c.labels[label::number] = "1";
  c.labels[label::deployment] = std::to_string(deployment);
  return c;
}

IntendedStep retired(const std::string& id) {
  boost::json::object facts;
  facts["id"] = id;
  facts["name"] = "shop-app-1";
  facts["policy"] = "always";
  facts["retries"] = 0;
  facts["running"] = true;
  return IntendedStep{"app/1:retire", StepKind::retire_container, std::move(facts)};
}

std::string ids(const Plan& plan) {
  std::string text;
  for (const auto& s : plan.steps) text += s.id + "\n";
  return text;
}

TEST_CASE("the new one goes before the old one is back") {
  World world;
  world.containers = {container("old", "shop-app-1.lf-was-5", ContainerStatus::exited, "no", 4),
                      container("new", "shop-app-1", ContainerStatus::running, "always", 5)};
  const auto undo = plan_undo("shop", 5, {retired("old")}, world, false);
  REQUIRE(ids(undo) == "undo:shop-app-1:remove\nundo:shop-app-1:restore\n");
  CHECK(undo.steps[1].after == std::vector<std::string>{"undo:shop-app-1:remove"});
  CHECK(undo.steps[1].policy.name == "always");
  CHECK(undo.steps[1].running);
}

TEST_CASE("what shares a namespace of a container that starts again is restarted behind it") {
  World world;
  auto side = container("side", "shop-side-1", ContainerStatus::running, "always", 4);
  side.host_config["NetworkMode"] = "container:old";
  world.containers = {side,
                      container("old", "shop-app-1.lf-was-5", ContainerStatus::exited, "no", 4)};
  const auto undo = plan_undo("shop", 5, {retired("old")}, world, false);
  REQUIRE(ids(undo) == "undo:shop-app-1:restore\nundo:shop-side-1:restart\n");
  CHECK(undo.steps[1].container_id == "side");
  CHECK(undo.steps[1].after == std::vector<std::string>{"undo:shop-app-1:restore"});
}

TEST_CASE("what the engine could not start without its owner is started behind it") {
  World world;
  auto side = container("side", "shop-side-1", ContainerStatus::exited, "always", 4);
  side.host_config["NetworkMode"] = "container:old";
  world.containers = {side,
                      container("old", "shop-app-1.lf-was-5", ContainerStatus::exited, "no", 4)};
  const auto undo = plan_undo("shop", 5, {retired("old")}, world, false);
  CHECK(ids(undo) == "undo:shop-app-1:restore\nundo:shop-side-1:start\n");
}

TEST_CASE("what missed its owner is started by the undo that tries again") {
  World world;
  auto side = container("side", "shop-side-1", ContainerStatus::exited, "always", 4);
  side.host_config["NetworkMode"] = "container:old";
  auto old = container("old", "shop-app-1", ContainerStatus::running, "always", 4);
  world.containers = {side, old};
  CHECK(ids(plan_undo("shop", 5, {retired("old")}, world, false)).empty());  // somebody's stop
  world.containers[0].error = "cannot join network namespace of a non running container";
  const auto undo = plan_undo("shop", 5, {retired("old")}, world, false);
  REQUIRE(ids(undo) == "undo:shop-side-1:start\n");
  CHECK(undo.steps[0].after.empty());
  world.containers[1].status = ContainerStatus::exited;
  world.containers[1].restart_policy.name = "no";
  CHECK(ids(plan_undo("shop", 5, {}, world, false)).empty());
}

TEST_CASE("an old container whose owner somebody had stopped is not started") {
  World world;
  auto side = container("side", "shop-side-1.lf-was-5", ContainerStatus::exited, "no", 4);
  side.host_config["NetworkMode"] = "container:owner";
  world.containers = {side, container("owner", "shop-app-1", ContainerStatus::exited, "no", 4)};
  auto intent = retired("side");
  intent.facts["name"] = "shop-side-1";
  const auto undo = plan_undo("shop", 5, {intent}, world, false);
  REQUIRE(ids(undo) == "undo:shop-side-1:restore\n");
  CHECK_FALSE(undo.steps[0].running);
}

TEST_CASE("an old container that joins another comes back behind it") {
  World world;
  auto side = container("side", "shop-side-1", ContainerStatus::exited, "no", 4);
  side.host_config["NetworkMode"] = "container:old";
  world.containers = {side, container("old", "shop-app-1", ContainerStatus::exited, "no", 4)};
  auto first = retired("side");
  first.facts["name"] = "shop-side-1";
  const auto undo = plan_undo("shop", 5, {first, retired("old")}, world, false);
  CHECK(ids(undo) == "undo:shop-app-1:restore\nundo:shop-side-1:restore\n");
}

TEST_CASE("a new one that writes to what stays is stopped before it is removed") {
  World world;
  auto store = container("new", "shop-db-1", ContainerStatus::running, "always", 5);
  auto scratch = container("other", "shop-web-1", ContainerStatus::running, "always", 5);
  const auto mount = [](const char* type, const char* name, bool writable) {
    return boost::json::object{{"Type", type}, {"Name", name}, {"RW", writable}};
  };
  store.mounts = {mount("volume", "shop_data", true)};
  scratch.mounts = {mount("tmpfs", "", true), mount("bind", "", false)};
  VolumeState data;
  data.name = "shop_data";
  data.labels[label::deployment] = "5";
  data.labels[label::project] = "shop";
  world.volumes = {data};
  world.containers = {store, scratch};
  const auto undo = plan_undo("shop", 5, {}, world, false);
  REQUIRE(ids(undo) == "undo:shop-db-1:stop\nundo:shop-db-1:remove\nundo:shop-web-1:remove\n");
  CHECK(undo.steps[1].after == std::vector<std::string>{"undo:shop-db-1:stop"});
  CHECK(undo.steps[2].after.empty());
  CHECK(ids(plan_undo("shop", 5, {}, world, true)) ==
        "undo:shop-db-1:remove\nundo:shop-web-1:remove\nundo:volume:shop_data\n");
  world.foreign_volume_users["shop_data"] = {"backup"};
  CHECK(ids(plan_undo("shop", 5, {}, world, true)) ==
        "undo:shop-db-1:stop\nundo:shop-db-1:remove\nundo:shop-web-1:remove\n");
  world.containers[0].status = ContainerStatus::exited;
  CHECK(ids(plan_undo("shop", 5, {}, world, false)) ==
        "undo:shop-db-1:remove\nundo:shop-web-1:remove\n");
}

TEST_CASE("what was intended and did not happen needs no undo") {
  World world;
  world.containers = {container("old", "shop-app-1", ContainerStatus::running, "always", 4)};
  CHECK(plan_undo("shop", 5, {retired("old")}, world, false).empty());
}

TEST_CASE("a container that a third party removed meanwhile is not restored") {
  CHECK(plan_undo("shop", 5, {retired("old")}, World{}, false).empty());
}

TEST_CASE("volumes go only with an uncommitted first deployment, and only unused ones") {
  World world;
  VolumeState made;
  made.name = "shop_data";
  made.labels[label::deployment] = "1";
  made.labels[label::project] = "shop";
  VolumeState used = made;
  used.name = "shop_shared";
  VolumeState foreign = made;  // another stack has a deployment 1 too
  foreign.name = "blog_data";
  foreign.labels[label::project] = "blog";
  world.volumes = {made, used, foreign};
  world.foreign_volume_users["shop_shared"] = {"backup"};
  CHECK(ids(plan_undo("shop", 1, {}, world, true)) == "undo:volume:shop_data\n");
  CHECK(plan_undo("shop", 1, {}, world, false).empty());
}

TEST_CASE("folders of the host that a first deployment filled are emptied") {
  const boost::json::object fills{{"fills", boost::json::array{"/srv/db"}}};
  const std::vector<IntendedStep> steps{
      IntendedStep{"db/1:create", StepKind::create_container, fills}};
  World world;
  CHECK(ids(plan_undo("shop", 1, steps, world, true)) == "undo:folder:/srv/db\n");
  CHECK(plan_undo("shop", 1, steps, world, false).empty());
  world.volume_facts["/srv/db"].files = 3;
  CHECK(ids(plan_undo("shop", 1, steps, world, true)) == "undo:folder:/srv/db\n");
  world.volume_facts["/srv/db"].files = 0;
  CHECK(plan_undo("shop", 1, steps, world, true).empty());
}

TEST_CASE("a folder of the host whose copy is gone has its original again") {
  const ExchangeFacts exchange{"/srv/db", "shop_bind-1.lf-5", {8, 11}, {8, 12}};
  const std::vector<IntendedStep> steps{
      IntendedStep{"volume:/srv/db:exchange", StepKind::exchange_volumes, to_json(exchange)}};
  World world;
  world.identities["/srv/db"] = exchange.copy;
  CHECK(ids(plan_undo("shop", 5, steps, world, false)) == "undo:volume:/srv/db:exchange\n");
  world.identities["/srv/db"] = exchange.original;
  CHECK(plan_undo("shop", 5, steps, world, false).empty());
}

TEST_CASE("tags that moved name the serving image again") {
  boost::json::object facts;
  facts["reference"] = "app:latest";
  facts["image"] = "sha256:1";
  const std::vector<IntendedStep> steps{
      IntendedStep{"tag:app:latest", StepKind::restore_tag, facts}};
  const auto undo = plan_undo("shop", 5, steps, World{}, false);
  REQUIRE(undo.steps.size() == 1);
  CHECK(undo.steps[0].name == "app:latest");
  CHECK(undo.steps[0].key == "sha256:1");
}

}  // namespace
}  // namespace landfast
