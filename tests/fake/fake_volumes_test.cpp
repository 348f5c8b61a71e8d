// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_volumes.h"

#include <memory>

#include "conformance/volumes_suite.h"

namespace landfast {
namespace {

struct Disk {
  SimulatedClock clock;
  FakeDaemon daemon{clock};
  FakeVolumes own{clock, daemon};
};

Task<void> forget(Task<Status> task) {
  const auto status = co_await task;
  static_cast<void>(status);  // dropped before its end
}

struct Owner {
  std::unique_ptr<Disk> disk = std::make_unique<Disk>();
  Volumes& volumes() { return disk->own; }
  std::string folder(const std::string& name) {
    disk->own.add_folder(FakeVolumes::path_of(name));
    return FakeVolumes::path_of(name);
  }
  void write(const std::string& path, const std::string& file, std::string bytes) {
    disk->own.write(path, file, std::move(bytes));
  }
  void remove(const std::string& path, const std::string& file) { disk->own.remove(path, file); }
  std::optional<std::string> read(const std::string& path, const std::string& file) {
    const auto tree = disk->own.tree(path);
    const auto it = tree.find(file);
    return it == tree.end() ? std::nullopt : std::optional(it->second);
  }
  template <class T>
  T run(Task<T> task) {
    return disk->clock.run(std::move(task));
  }
  void drop_soon(Task<Status> task) {
    TaskGroup group;
    group.spawn(forget(std::move(task)));
    for (int i = 0; i < 20; ++i) REQUIRE(disk->clock.advance_to_next());
    REQUIRE(group.live() == 1);
  }
};

TEST_CASE("volumes in memory: conformance") {
  conformance::volumes_suite([] { return Owner(); });
}

TEST_CASE("a volume's folder comes and goes with the volume") {
  Disk disk;
  REQUIRE(disk.daemon.create_volume({{"Name", "shop_db"}}));
  const auto path = FakeVolumes::path_of("shop_db");
  const auto first = disk.own.identity(path).value();
  disk.own.write(path, "file", "x");
  REQUIRE(disk.daemon.remove_volume("shop_db"));
  CHECK(disk.own.identity(path).error().code == Code::not_found);
  REQUIRE(disk.daemon.create_volume({{"Name", "shop_db"}}));
  CHECK(disk.own.identity(path).value() != first);
  CHECK(disk.own.tree(path).empty());
}

TEST_CASE("a running container writes to the folder that it started with") {
  Disk disk;
  disk.daemon.load("db:1", FakeImage{});
  for (const auto* name : {"live", "aside"}) REQUIRE(disk.daemon.create_volume({{"Name", name}}));
  const auto create = [&](const char* name) {
    boost::json::object host{{"Binds", boost::json::array{"live:/data"}}};
    return disk.daemon.create(name, {{"Image", "db:1"}, {"HostConfig", std::move(host)}}).value();
  };
  const auto old = create("db");
  CHECK_FALSE(disk.own.write_as(old, "live", "row", "1"));
  REQUIRE(disk.daemon.start(old));
  disk.clock.advance(std::chrono::seconds(1));
  CHECK(disk.own.write_as(old, "live", "row", "1"));
  REQUIRE(disk.own.exchange(FakeVolumes::path_of("live"), FakeVolumes::path_of("aside")));
  CHECK(disk.own.write_as(old, "live", "row", "2"));
  CHECK(disk.own.tree(FakeVolumes::path_of("aside")).at("row") == "2");
  CHECK(disk.own.tree(FakeVolumes::path_of("live")).empty());
}

TEST_CASE("a copy onto a full disk fails and leaves a part") {
  Disk disk;
  Owner owner;
  owner.disk->own.capacity = 150'000;
  const auto from = conformance::filled(owner, "a");
  const auto to = owner.folder("b");
  const auto status = owner.run(owner.volumes().copy(from, to, nullptr));
  REQUIRE_FALSE(status);
  CHECK(status.error().text.find("No space left") != std::string::npos);
  CHECK(owner.read(from, "PG_VERSION") == "15\n");
}

}  // namespace
}  // namespace landfast
