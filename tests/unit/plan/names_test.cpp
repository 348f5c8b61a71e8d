// SPDX-License-Identifier: Apache-2.0
#include "plan/names.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

TEST_CASE("generation names are taken apart as they were made") {
  const auto beside = generation_name(beside_name("shop-app-1", 12));
  REQUIRE(beside);
  CHECK(beside->serving == "shop-app-1");
  CHECK(beside->deployment == 12);
  CHECK_FALSE(beside->was);
  const auto was = generation_name(was_name("shop-app-1", 7));
  REQUIRE(was);
  CHECK(was->serving == "shop-app-1");
  CHECK(was->deployment == 7);
  CHECK(was->was);
}

TEST_CASE("other names are not of a generation") {
  for (const auto* name : {"shop-app-1", "shop.lf-", ".lf-3", "a.lf-x", "a.lf-was-", "a.lf-3b"})
    CHECK_FALSE(generation_name(name));
}

TEST_CASE("a damaged number label counts as 1") {
  Container c;
  CHECK(container_number(c) == 1);
  c.labels[label::number] = "3";
  CHECK(container_number(c) == 3);
  c.labels[label::number] = "3x";
  CHECK(container_number(c) == 1);
}

}  // namespace
}  // namespace landfast
