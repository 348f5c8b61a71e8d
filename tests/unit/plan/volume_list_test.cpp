// SPDX-License-Identifier: Apache-2.0
#include "plan/volume_list.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/text.h"

namespace landfast {
namespace {

VolumeState volume(const std::string& name, const std::string& stack, const std::string& of = {},
                   const std::string& created = {}) {
  VolumeState v;
  v.name = name;
  v.driver = "local";
  v.mountpoint = "/volumes/" + name + "/_data";
  if (of.empty() && !stack.empty()) v.labels["com.docker.compose.project"] = stack;
  if (!of.empty())
    v.labels = {{"landfast.role", "aside"}, {"landfast.of", of}, {"landfast.stack", stack}};
  v.raw["CreatedAt"] = created;
  return v;
}

Container container(const std::string& name, const std::string& stack, const std::string& service,
                    const std::string& mounted) {
  Container c;
  c.name = name;
  if (!stack.empty()) c.labels["com.docker.compose.project"] = stack;
  if (!service.empty()) c.labels["com.docker.compose.service"] = service;
  c.mounts = {{{"Type", "volume"}, {"Name", mounted}, {"Destination", "/data"}}};
  return c;
}

struct Shop {
  Shop() {
    world.volumes = {volume("shop_db.lf-3", "shop", "shop_db", "2026-11-01T00:00:00Z"),
                     volume("shop_db", "shop"),
                     volume("blog_db", "blog"),
                     volume("a1b2", ""),
                     volume("shop_old.lf-1", "shop", "shop_old", "2026-10-01T00:00:00Z"),
                     volume("shop_db.lf-5", "shop", "shop_db", "2026-11-05T00:00:00Z"),
                     volume("shop_unused", "shop")};
    VolumeState claim = volume("shop_landfast", "");
    claim.labels = {{"landfast.role", "claim"}, {"landfast.stack", "shop"}};
    world.volumes.push_back(claim);
    world.containers = {container("shop-db-1", "shop", "db", "shop_db"),
                        container("shop-cache-1", "shop", "cache", "a1b2")};
    all = world.containers;
    all.push_back(container("tool", "", "", "shop_db"));
    auto keep = container("shop-landfast-keep", "", "", "shop_db.lf-5");
    keep.labels["landfast.role"] = "keep";
    all.push_back(keep);
    Store db;
    db.kind = StoreKind::postgres;
    db.service = "db";
    db.volume = "shop_db";
    db.version = "15";
    Store folder;
    folder.service = "app";
    folder.path = "/srv/files";
    world.stores = {db, folder};
  }
  [[nodiscard]] std::vector<VolumeLine> lines() const {
    return volume_lines("shop", nullptr, world, all);
  }
  [[nodiscard]] std::string refused(const std::string& name) const {
    const auto line = removable(lines(), "shop", name, world.volumes);
    REQUIRE_FALSE(line);
    CHECK(line.error().code == Code::invalid);
    return line.error().text + " | " + line.error().hint;
  }
  World world;
  std::vector<Container> all;
};

TEST_CASE("the stack's volumes come by name, each with its copies, newest first") {
  std::string text;
  for (const auto& l : Shop().lines())
    text += fmt::format("{} {}{} used by [{}] held by [{}]{}\n", l.name,
                        l.kind ? std::string(to_string(*l.kind)) : "-", l.bind ? " bind" : "",
                        join(l.used_by, ","), join(l.holders, ","), l.newest ? " newest" : "");
  CHECK(text ==
        "a1b2 - used by [cache] held by [shop-cache-1]\n"
        "shop_db PostgreSQL used by [container tool,db] held by [shop-db-1,tool]\n"
        "shop_db.lf-5 PostgreSQL used by [] held by [] newest\n"
        "shop_db.lf-3 PostgreSQL used by [] held by []\n"
        "shop_unused - used by [] held by []\n"
        "shop_old.lf-1 - used by [] held by [] newest\n"
        "/srv/files files bind used by [app] held by []\n");
}

TEST_CASE("only an unused volume of the stack may be removed") {
  const Shop shop;
  CHECK(removable(shop.lines(), "shop", "shop_unused", shop.world.volumes)->name == "shop_unused");
  CHECK(removable(shop.lines(), "shop", "shop_db.lf-5", shop.world.volumes)->newest);
  CHECK(shop.refused("shop_db").starts_with("the volume shop_db is in use by shop-db-1, tool | "));
  CHECK(shop.refused("blog_db") ==
        "the volume blog_db is of stack \"blog\" | landfast -p blog volumes rm blog_db");
  CHECK(shop.refused("shop_landfast") ==
        "shop_landfast holds no data: it says whose the stack is | landfast leave removes it");
  CHECK(shop.refused("shop_unusde") ==
        "there is no volume \"shop_unusde\" | did you mean shop_unused?");
  CHECK(shop.refused("/srv/files").starts_with("/srv/files is a folder of this host, no volume"));
}

}  // namespace
}  // namespace landfast
