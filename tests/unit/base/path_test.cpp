// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include <doctest/doctest.h>

namespace landfast {
namespace {

TEST_CASE("a path is inside a folder where it is that folder or below it") {
  CHECK(is_inside("/srv/db", "/srv/db"));
  CHECK(is_inside("/srv/db/base", "/srv/db"));
  CHECK(is_inside("/srv", "/"));
  CHECK_FALSE(is_inside("/srv/db2", "/srv/db"));
  CHECK_FALSE(is_inside("/srv", "/srv/db"));
  CHECK_FALSE(is_inside("/srv", ""));
}

}  // namespace
}  // namespace landfast
