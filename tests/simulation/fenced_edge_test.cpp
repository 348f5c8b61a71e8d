// SPDX-License-Identifier: Apache-2.0
// Requests that wait at an edge while the data behind them is in a fence.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "plan/edge_names.h"
#include "plan/names.h"
#include "simulation/clients.h"
#include "simulation/shop.h"
#include "simulation/shop_data.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;

/// The shop whose web server is routed and uses the guarded database.
struct FencedShop : Stage {
  FencedShop() {
    load_shop_images(*this, 1);
    keeps("db", "shop_data", StoreKind::postgres);
    const auto first = deploy(project(of_app(1).yaml()));
    REQUIRE(first.state == DeploymentState::committed);
    journal.calls.clear();
  }
  static Versions of_app(int version) {
    Versions v;
    v.app = version;
    v.routed = v.reaches = true;
    return v;
  }
  [[nodiscard]] bool commits() const {
    return std::ranges::any_of(journal.calls,
                               [](const auto& c) { return c.starts_with("commit"); });
  }
  /// Release 1 has app:1, and release 2 has app:2.
  [[nodiscard]] int version() {
    return static_cast<int>(clock.run(journal.history("shop")).value().current->number);
  }
  ShopData data{*this};
  const std::string target = target_id("shop", "web", 80);
};

TEST_CASE("what was committed behind its fence serves after one recovery, wherever it was killed") {
  const auto next = Stage::project(FencedShop::of_app(2).yaml());
  for (int moves = 0, held = 0;; ++moves) {
    CAPTURE(moves);
    FencedShop shop;
    shop.have_watchers(milliseconds(5));  // each recovers once
    Clients clients(shop, own_edge("shop"), shop.target);
    clients.start(2);
    auto deployer = shop.begin_deploy(next);
    while (deployer->live() > 0 && !shop.commits()) shop.clock.advance_to_next();
    const bool ended = shop.go_on(*deployer, moves);
    if (shop.edge.slot(own_edge("shop"), shop.target)->word == SlotWord::hold) ++held;
    shop.kill(std::move(deployer));
    shop.clock.advance(std::chrono::seconds(10));
    CHECK(shop.edge.request(own_edge("shop"), shop.target).how == Served::answered);
    CHECK(clients.failed().empty());
    CHECK(shop.data.wrong_with(shop.version()).empty());
    if (!ended) continue;
    CHECK(held > 0);
    return;
  }
}

}  // namespace
}  // namespace landfast
