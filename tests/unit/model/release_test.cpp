// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <set>

#include "model/history.h"
#include "model/kept_image.h"
#include "model/release_changes.h"

namespace landfast {
namespace {

TEST_CASE("kept images have names that an engine takes") {
  CHECK(kept_image_name("shop", "app", 4) == "landfast/shop/app:4");
  CHECK(kept_image_name("my-shop", "app.web_2", 12) == "landfast/my-shop/app.web_2:12");
  const auto odd = kept_image_name("shop", "App__Web-", 4);
  CHECK(odd.starts_with("landfast/shop/pp_eb-"));
  CHECK(odd.size() == std::string("landfast/shop/pp_eb-").size() + 12 + 2);
  CHECK(kept_image_name("shop", "_", 1).size() == std::string("landfast/shop/").size() + 12 + 2);
  CHECK(kept_image_name(std::string(200, 'a'), std::string(63, 'b'), 99'999).size() <= 255);
}

TEST_CASE("two services never share a kept image") {
  std::set<std::string> names;
  for (const auto* service : {"app", "App", "APP", "app-", "app_", "a.pp", "a..pp", "a-pp"})
    names.insert(kept_image_name("shop", service, 1));
  CHECK(names.size() == 8);
}

TEST_CASE("a release that was deployed again names its origin") {
  Release r;
  r.number = 7;
  CHECK(release_name(r) == "release 7");
  r.origin = 4;
  CHECK(release_name(r) == "release 7 (= 4)");
}

TEST_CASE("what changed between two releases is said by service, without values") {
  Release a, b;
  a.services["app"] = {"app:1.4", "sha256:0123456789abcdef", "h1", ""};
  a.services["db"] = {"postgres", "sha256:aaaaaaaaaaaaaaaa", "h", "c1"};
  a.services["old"] = {"old", "i", "h", ""};
  b.services["app"] = {"app:1.5", "sha256:1123456789abcdef", "h2", ""};
  b.services["db"] = {"postgres", "sha256:bbbbbbbbbbbbbbbb", "h", "c2"};
  b.services["new"] = {"new", "i", "h", ""};
  CHECK(changes_text(release_changes(a, b)) ==
        "app: image app:1.4 → app:1.5; db: image aaaaaaaaaaaa → bbbbbbbbbbbb, the content of a "
        "mounted file; new: new; old: gone");
  CHECK(release_changes(a, a).empty());
  auto c = a;
  c.services["app"].config_hash = "h3";
  CHECK(changes_text(release_changes(a, c)) == "app: configuration");
}

}  // namespace
}  // namespace landfast
