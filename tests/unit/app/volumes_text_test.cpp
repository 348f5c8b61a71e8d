// SPDX-License-Identifier: Apache-2.0
#include "app/volumes_text.h"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

namespace landfast {
namespace {

VolumeListing listing() {
  VolumeListing l;
  l.stack = "shop";
  VolumeLine db;
  db.name = "shop_db";
  db.kind = StoreKind::postgres;
  db.version = "15";
  db.path = "/v/shop_db";
  db.used_by = {"db", "dumps"};
  auto copy = db;
  copy.name = "shop_db.lf-7";
  copy.path = "/v/copy";
  copy.of = "shop_db";
  copy.why = "before release 7 migrated it";
  copy.newest = true;
  VolumeLine lost;
  lost.name = "shop_lost";
  lost.path = "/v/lost";
  l.lines = {db, copy, lost};
  VolumeFacts facts;
  facts.bytes = std::uint64_t{3} << 29;
  facts.files = 1200;
  l.facts["/v/shop_db"] = facts;
  facts.cut = true;
  l.facts["/v/copy"] = facts;
  return l;
}

TEST_CASE("volumes are a table with what is set aside below its volume") {
  CHECK(volumes_text(listing(), TimePoint(), 0, Style()) ==
        "shop   2 places of data, 1.5 GiB; set aside: 1, 1.5 GiB\n\n"
        "  shop_db         PostgreSQL 15  1.5 GiB       used by db, dumps\n"
        "  ↳ shop_db.lf-7  PostgreSQL 15  over 1.5 GiB  newest copy set aside: before release 7 "
        "migrated it\n"
        "  shop_lost       unknown        size unknown  used by nobody\n");
  CHECK(volumes_text({"shop", {}, {}}, TimePoint(), 0, Style()) == "shop keeps no data\n");
}

TEST_CASE("what is about to be removed is named with kind and size") {
  const auto l = listing();
  CHECK(volume_words(l, l.lines[0]) == "PostgreSQL 15, 1.5 GiB, used by db, dumps");
  CHECK(volume_words(l, l.lines[1]) == "PostgreSQL 15, over 1.5 GiB, set aside of shop_db");
}

TEST_CASE("JSON tells bytes, or null where they are not known") {
  const auto json = volumes_json(listing());
  const auto& volumes = json.at("volumes").as_array();
  REQUIRE(volumes.size() == 3);
  CHECK(volumes[0].at("bytes").to_number<std::uint64_t>() == std::uint64_t{3} << 29);
  CHECK(volumes[0].at("kind") == "PostgreSQL");
  CHECK(volumes[1].at("set_aside_of") == "shop_db");
  CHECK(volumes[1].at("at_least") == true);
  CHECK(volumes[2].at("bytes").is_null());
  CHECK(volumes[2].at("kind").is_null());
}

}  // namespace
}  // namespace landfast
