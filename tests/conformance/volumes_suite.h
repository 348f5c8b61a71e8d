// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "port/volumes.h"

/// What every Volumes does. `Make` returns an owner of a fresh disk: `volumes()`; `folder(name)`
/// makes a volume's data folder and returns its path; `write(path, file, bytes)`,
/// `remove(path, file)`, `read(path, file)` (nullopt where it is absent); `run(task)` runs a task
/// to its end; `drop_soon(task)` starts one and drops its frame before its end.
namespace landfast::conformance {

inline VolumeState local_volume(const std::string& path) {
  VolumeState volume;
  volume.name = "shop_data";
  volume.driver = "local";
  volume.mountpoint = path;
  return volume;
}

template <class Owner>
std::string filled(Owner& owner, const std::string& name) {
  const auto path = owner.folder(name);
  owner.write(path, "PG_VERSION", "15\n");
  owner.write(path, "base/1/1259", std::string(100'000, 'r'));
  owner.write(path, "global/pg_control", "control");
  return path;
}

template <class Make>
void an_identity_names_the_folder_and_not_the_path(Make make) {
  auto owner = make();
  const auto a = owner.folder("a");
  const auto b = owner.folder("b");
  const auto before = owner.volumes().identity(a).value();
  CHECK(before != owner.volumes().identity(b).value());
  owner.write(a, "file", "x");
  CHECK(owner.volumes().identity(a).value() == before);
  CHECK(owner.volumes().identity(a + "-none").error().code == Code::not_found);
}

template <class Make>
void a_copy_is_equal_and_replaces_what_was_there(Make make) {
  auto owner = make();
  const auto from = filled(owner, "a");
  const auto to = owner.folder("b");
  owner.write(to, "left/over", "from a copy that was cut off");
  const auto before = owner.run(owner.volumes().digest(from)).value();
  std::uint64_t told = 0;
  REQUIRE(owner.run(owner.volumes().copy(from, to, [&](std::uint64_t bytes) {
    CHECK(bytes >= told);
    told = bytes;
  })));
  CHECK(told >= 100'000);
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
  CHECK_FALSE(owner.read(to, "left/over"));
  owner.write(to, "base/1/1259", "changed");
  CHECK(owner.run(owner.volumes().digest(to)).value() != before);
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
}

template <class Make>
void a_copy_into_itself_is_refused(Make make) {
  auto owner = make();
  const auto from = filled(owner, "a");
  const auto before = owner.run(owner.volumes().digest(from)).value();
  for (const auto& to : {from, from + "/base"}) {
    const auto status = owner.run(owner.volumes().copy(from, to, nullptr));
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Code::invalid);
  }
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
  CHECK(owner.run(owner.volumes().copy(from + "-none", from, nullptr)).error().code ==
        Code::not_found);
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
}

template <class Make>
void an_exchange_swaps_names_and_nothing_else(Make make) {
  auto owner = make();
  const auto a = filled(owner, "a");
  const auto b = owner.folder("b");
  owner.write(b, "PG_VERSION", "16\n");
  const auto id_a = owner.volumes().identity(a).value();
  const auto id_b = owner.volumes().identity(b).value();
  const auto digest_a = owner.run(owner.volumes().digest(a)).value();
  REQUIRE(owner.volumes().exchange(a, b));
  CHECK(owner.volumes().identity(a).value() == id_b);
  CHECK(owner.volumes().identity(b).value() == id_a);
  CHECK(owner.read(a, "PG_VERSION") == "16\n");
  CHECK(owner.run(owner.volumes().digest(b)).value() == digest_a);
  REQUIRE(owner.volumes().exchange(a, b));
  CHECK(owner.volumes().identity(a).value() == id_a);
  CHECK(owner.volumes().exchange(a, b + "-none").error().code == Code::not_found);
  CHECK(owner.volumes().identity(a).value() == id_a);
}

template <class Make>
void emptied_is_the_same_folder_with_nothing_in_it(Make make) {
  auto owner = make();
  const auto path = filled(owner, "a");
  const auto before = owner.volumes().identity(path).value();
  REQUIRE(owner.run(owner.volumes().empty(path)));
  CHECK(owner.volumes().identity(path).value() == before);
  CHECK(owner.run(owner.volumes().digest(path)).value().files == 0);
  REQUIRE(owner.run(owner.volumes().empty(path)));
  CHECK(owner.run(owner.volumes().empty(path + "-none")).error().code == Code::not_found);
}

template <class Make>
void a_folder_is_made_beside_another_and_removed_by_its_name(Make make) {
  auto owner = make();
  const auto path = filled(owner, "a");
  const auto beside = path + ".lf-7";
  REQUIRE(owner.volumes().make_folder(beside));
  REQUIRE(owner.volumes().make_folder(beside));
  REQUIRE(owner.run(owner.volumes().copy(path, beside, nullptr)));
  CHECK(owner.volumes().make_folder(path + "-none/deep").error().code == Code::not_found);
  CHECK(owner.run(owner.volumes().remove_folder(path)).error().code == Code::invalid);
  REQUIRE(owner.run(owner.volumes().remove_folder(beside)));
  CHECK_FALSE(owner.volumes().identity(beside));
  REQUIRE(owner.run(owner.volumes().remove_folder(beside)));
  CHECK(owner.run(owner.volumes().digest(path)).value().files >= 3);
}

template <class Make>
void facts_say_how_much_there_is(Make make) {
  auto owner = make();
  const auto path = filled(owner, "a");
  const auto facts = owner.run(owner.volumes().facts(local_volume(path))).value();
  CHECK(facts.path == path);
  CHECK(facts.identity == owner.volumes().identity(path).value());
  CHECK(facts.bytes >= 100'000);
  CHECK(facts.files >= 3);
  CHECK_FALSE(facts.cut);
  CHECK(facts.free_bytes > 0);
  const auto none = owner.run(owner.volumes().facts(local_volume(path + "-none")));
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Code::not_found);
  CHECK(owner.run(owner.volumes().copy_rate(path)).value() > 1e6);
}

template <class Make>
void content_shows_heads_of_files_that_are_not_deep(Make make) {
  auto owner = make();
  const auto path = filled(owner, "a");
  owner.write(path, "1/2/3/four", "seen");
  owner.write(path, "1/2/3/4/five", "not seen");
  owner.write(path, "dump.rdb", "REDIS0011" + std::string(1000, 'x'));
  const auto content = owner.run(owner.volumes().content(local_volume(path))).value();
  std::vector<std::string> paths;
  for (const auto& file : content.files) paths.push_back(file.path);
  CHECK(paths == std::vector<std::string>{"PG_VERSION", "dump.rdb", "global/pg_control",
                                          "base/1/1259", "1/2/3/four"});
  REQUIRE(content.files.size() == 5);
  CHECK(content.files[0].head == "15\n");
  CHECK(content.files[0].size == 3);
  CHECK(content.files[1].head.size() == 32);
  CHECK(content.files[1].head.starts_with("REDIS0011"));
}

template <class Make>
void a_dropped_copy_leaves_the_source_and_the_next_one_is_whole(Make make) {
  auto owner = make();
  const auto from = filled(owner, "a");
  const auto to = owner.folder("b");
  for (int i = 0; i < 50; ++i)
    owner.write(from, "base/5/" + std::to_string(i), std::string(50'000, 'x'));
  const auto before = owner.run(owner.volumes().digest(from)).value();
  owner.drop_soon(owner.volumes().copy(from, to, nullptr));
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
  REQUIRE(owner.run(owner.volumes().copy(from, to, nullptr)));
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
}

/// Each kind of change between the two copies; one that keeps the size among them.
template <class Owner>
void change(Owner& owner, const std::string& path) {
  owner.write(path, "base/1/1259", std::string(100'000, 's'));
  owner.write(path, "base/1/2619", "new");
  owner.remove(path, "PG_VERSION");
  owner.write(path, "pg_wal/1", std::string(50'000, 'w'));
}

template <class Make>
void a_finished_copy_is_equal_whatever_changed_since_the_first(Make make) {
  auto owner = make();
  const auto from = filled(owner, "a");
  const auto to = owner.folder("b");
  owner.write(to, "left/over", "from a copy that was cut off");
  for (int i = 0; i < 20; ++i) owner.write(from, "still/" + std::to_string(i), "the same");
  REQUIRE(owner.run(owner.volumes().copy_in_use(from, to, nullptr)));
  CHECK_FALSE(owner.read(to, "left/over"));
  CHECK(owner.read(to, "PG_VERSION") == "15\n");
  change(owner, from);
  const auto before = owner.run(owner.volumes().digest(from)).value();
  std::uint64_t told = 0;
  const auto written = owner.run(owner.volumes().finish_copy(
      from, to, [&](std::uint64_t bytes) { told = std::max(told, bytes); }));
  REQUIRE(written);
  CHECK(*written >= 150'003);
  CHECK(told >= *written);
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
  CHECK_FALSE(owner.read(to, "PG_VERSION"));
}

template <class Make>
void a_copy_is_finished_without_a_first_one_too(Make make) {
  auto owner = make();
  const auto from = filled(owner, "a");
  const auto to = owner.folder("b");
  owner.write(to, "left/over", "of somebody else");
  const auto before = owner.run(owner.volumes().digest(from)).value();
  CHECK(owner.run(owner.volumes().finish_copy(from, to, nullptr)).value() >= 100'000);
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
  CHECK(owner.run(owner.volumes().finish_copy(from, from, nullptr)).error().code == Code::invalid);
  CHECK(owner.run(owner.volumes().copy_in_use(from, from, nullptr)).error().code == Code::invalid);
  CHECK(owner.run(owner.volumes().digest(from)).value() == before);
}

template <class Make>
void a_dropped_first_copy_is_finished_as_a_whole(Make make) {
  auto owner = make();
  const auto from = filled(owner, "a");
  const auto to = owner.folder("b");
  for (int i = 0; i < 50; ++i)
    owner.write(from, "base/5/" + std::to_string(i), std::string(50'000, 'x'));
  owner.drop_soon(owner.volumes().copy_in_use(from, to, nullptr));
  change(owner, from);
  const auto before = owner.run(owner.volumes().digest(from)).value();
  REQUIRE(owner.run(owner.volumes().finish_copy(from, to, nullptr)));
  CHECK(owner.run(owner.volumes().digest(to)).value() == before);
}

/// All of it, as subcases of one test case.
template <class Make>
void volumes_suite(Make make) {
  SUBCASE("identity") { an_identity_names_the_folder_and_not_the_path(make); }
  SUBCASE("copy") { a_copy_is_equal_and_replaces_what_was_there(make); }
  SUBCASE("copy into itself") { a_copy_into_itself_is_refused(make); }
  SUBCASE("exchange") { an_exchange_swaps_names_and_nothing_else(make); }
  SUBCASE("folders") { a_folder_is_made_beside_another_and_removed_by_its_name(make); }
  SUBCASE("empty") { emptied_is_the_same_folder_with_nothing_in_it(make); }
  SUBCASE("facts") { facts_say_how_much_there_is(make); }
  SUBCASE("content") { content_shows_heads_of_files_that_are_not_deep(make); }
  SUBCASE("dropped copy") { a_dropped_copy_leaves_the_source_and_the_next_one_is_whole(make); }
  SUBCASE("copy in use") { a_finished_copy_is_equal_whatever_changed_since_the_first(make); }
  SUBCASE("finished at once") { a_copy_is_finished_without_a_first_one_too(make); }
  SUBCASE("dropped first copy") { a_dropped_first_copy_is_finished_as_a_whole(make); }
}

}  // namespace landfast::conformance
