// SPDX-License-Identifier: Apache-2.0
#include "model/store.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace landfast {
namespace {

using Contents = std::map<std::string, VolumeContent>;

VolumeContent content(std::vector<FoundFile> files) { return {std::move(files), false}; }

const VolumeContent postgres_15 =
    content({{"PG_VERSION", 3, "15\n"}, {"global/pg_control", 8192, ""}});
const VolumeContent nothing;

DataPlace volume(const std::string& name, const std::string& target, bool read_only = false) {
  return {name, "/volumes/" + name, target, read_only};
}

StoreEvidence service(const std::string& name, std::vector<DataPlace> places) {
  StoreEvidence evidence;
  evidence.service = name;
  evidence.places = std::move(places);
  return evidence;
}

/// "db PostgreSQL shop_db 15, PG_VERSION in it", a line for each.
std::string detected(const std::vector<StoreEvidence>& services, const Contents& contents) {
  std::string out;
  for (const auto& s : detect_stores(services, contents))
    out += fmt::format("{} {} {} {}, {}\n", s.service, to_string(s.kind),
                       s.volume.empty() ? (s.path.empty() ? "-" : s.path) : s.volume, s.version,
                       s.why);
  return out;
}

TEST_CASE("content alone tells what a volume holds") {
  const auto told = [](std::vector<FoundFile> files) {
    return detected({service("app", {volume("v", "/x")})},
                    {{"/volumes/v", content(std::move(files))}});
  };
  CHECK(told({{"PG_VERSION", 3, "15\n"}, {"global/pg_control", 8192, ""}}) ==
        "app PostgreSQL v 15, PG_VERSION in it\n");
  CHECK(told({{"18/docker/PG_VERSION", 3, "18\n"}, {"18/docker/global/pg_control", 8192, ""}}) ==
        "app PostgreSQL v 18, 18/docker/PG_VERSION in it\n");
  CHECK(told({{"ibdata1", 12, ""}, {"aria_log_control", 52, ""}, {"mysql/db.frm", 1, ""}}) ==
        "app MariaDB v , ibdata1 in it\n");
  CHECK(told({{"data/ibdata1", 12, ""}, {"data/mysql.ibd", 1, ""}}) ==
        "app MySQL v , data/ibdata1 in it\n");
  CHECK(told({{"dump.rdb", 88, "REDIS0011\xfa"}}) == "app Redis v , dump.rdb in it\n");
  CHECK(told({{"dump.rdb", 88, "VALKEY080"}}) == "app Redis v , dump.rdb in it\n");
  CHECK(told({{"appendonlydir/appendonly.aof.manifest", 88, "file app"}}) ==
        "app Redis v , appendonlydir/appendonly.aof.manifest in it\n");
  CHECK(told({{"WiredTiger", 50, "WiredTiger"}, {"WiredTiger.wt", 4096, ""}}) ==
        "app MongoDB v , WiredTiger in it\n");
  CHECK(told({{"a/b/any-name", 4096, std::string("SQLite format 3\0\x10", 17)}}) ==
        "app SQLite v , a/b/any-name in it\n");
  CHECK(told({{"holiday.jpg", 4096, "\xff\xd8"}}) == "app files v , no database in it\n");
}

TEST_CASE("what only looks like a database is files") {
  const auto told = [](std::vector<FoundFile> files) {
    return detected({service("app", {volume("v", "/x")})},
                    {{"/volumes/v", content(std::move(files))}});
  };
  for (const auto& files : std::vector<std::vector<FoundFile>>{
           {{"PG_VERSION", 3, "15\n"}},
           {{"docs/PG_VERSION", 3, "15\n"}, {"global/pg_control", 8192, ""}},
           {{"ibdata1", 3, ""}},
           {{"dump.rdb", 8, "not one"}},
           {{"appendonly.aof", 0, ""}},
           {{"WiredTiger", 4, ""}},
           {{"notes.txt", 512, "SQLite format 3 is a file format"}}})
    CHECK(told(files) == "app files v , no database in it\n");
}

TEST_CASE("an image is known by its configuration and not by its name") {
  auto db = service("db", {volume("v", "/var/lib/postgresql/data")});
  db.image_environment = {{"PG_MAJOR", "16"}, {"PGDATA", "/var/lib/postgresql/data"}};
  CHECK(detected({db}, {}) == "db PostgreSQL v 16, PG_MAJOR in its image\n");
  auto maria = service("m", {volume("v", "/var/lib/mysql")});
  maria.image_environment = {{"MARIADB_VERSION", "1:11.4.2+maria~ubu2204"}};
  CHECK(detected({maria}, {}) == "m MariaDB v 11.4.2, MARIADB_VERSION in its image\n");
  maria.processes = {"mysqld"};
  CHECK(detected({maria}, {}) == "m MariaDB v 11.4.2, its process mysqld\n");
  auto redis = service("r", {volume("v", "/data")});
  redis.command = {"docker-entrypoint.sh", "redis-server"};
  CHECK(detected({redis}, {}) == "r Redis v , its command redis-server\n");
}

TEST_CASE("declaration wins over process, process over image, content over a mere image") {
  auto db = service("db", {volume("v", "/var/lib/postgresql/data")});
  db.image_environment = {{"PG_MAJOR", "16"}};
  db.processes = {"bash", "postgres"};
  const Contents seen{{"/volumes/v", postgres_15}};
  CHECK(detected({db}, seen) == "db PostgreSQL v 15, its process postgres\n");
  db.declared = "files";
  CHECK(detected({db}, seen) == "db files v , x-landfast.store: files\n");
  // A job on the database's image keeps its dumps in a volume: that is no database.
  auto job = service("dumps", {volume("dumps", "/dumps")});
  job.image_environment = {{"PG_MAJOR", "16"}};
  job.processes = {"crond"};
  CHECK(detected({job}, {{"/volumes/dumps", content({{"a.sql.gz", 99, ""}})}}) ==
        "dumps files dumps , no database in it\n");
}

TEST_CASE("a place is empty only where all of it could be looked into") {
  auto db = service("db", {volume("v", "/var/lib/postgresql/data")});
  db.processes = {"postgres"};
  const auto empty = [&](const Contents& seen) { return detect_stores({db}, seen).front().empty; };
  CHECK(empty({{"/volumes/v", nothing}}));
  CHECK_FALSE(empty({{"/volumes/v", postgres_15}}));
  CHECK_FALSE(empty({}));
  VolumeContent hidden;
  hidden.cut = true;
  CHECK_FALSE(empty({{"/volumes/v", hidden}}));
}

TEST_CASE("a volume that two mount is one store, of the service that runs it") {
  auto backup = service("backup", {volume("v", "/source")});
  auto db = service("db", {volume("v", "/var/lib/postgresql/data")});
  db.processes = {"postgres"};
  CHECK(detected({backup, db}, {{"/volumes/v", postgres_15}}) ==
        "db PostgreSQL v 15, its process postgres\n");
}

TEST_CASE("what is only read is nobody's store") {
  CHECK(detected({service("web", {volume("v", "/x", true)})}, {{"/volumes/v", nothing}}).empty());
}

TEST_CASE("a bind mount is a store only where a folder was seen") {
  DataPlace bind{{}, "/srv/app/data", "/data", false};
  CHECK(detected({service("app", {bind})}, {}).empty());
  CHECK(detected({service("app", {bind})}, {{"/srv/app/data", nothing}}) ==
        "app files /srv/app/data , no database in it\n");
}

TEST_CASE("Redis without saving, with eviction, or without a place is a cache") {
  const auto told = [](std::vector<std::string> command, std::vector<DataPlace> places) {
    auto redis = service("r", std::move(places));
    redis.command = std::move(command);
    const auto stores = detect_stores({redis}, {});
    REQUIRE(stores.size() == 1);
    return stores[0].kind;
  };
  const auto data = volume("v", "/data");
  CHECK(told({"redis-server"}, {data}) == StoreKind::redis_data);
  CHECK(told({"redis-server"}, {}) == StoreKind::redis_cache);
  CHECK(told({"redis-server", "--save", ""}, {data}) == StoreKind::redis_cache);
  CHECK(told({"redis-server", "--save", "", "--appendonly", "yes"}, {data}) ==
        StoreKind::redis_data);
  CHECK(told({"valkey-server", "--maxmemory-policy", "allkeys-lru"}, {data}) ==
        StoreKind::redis_cache);
  CHECK(told({"redis-server", "--maxmemory-policy", "volatile-lru"}, {data}) ==
        StoreKind::redis_data);
  CHECK(told({"redis-server", "/etc/redis.conf"}, {data}) == StoreKind::redis_data);
}

}  // namespace
}  // namespace landfast
