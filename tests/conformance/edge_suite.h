// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "fake/tar_members.h"
#include "port/edge.h"

/// What every Edge does. `Make` returns an owner of one edge that does not run yet: `edge()`;
/// `name()`; `start_edge()`, `stop_edge()`; `start_app(alias)` starts a container that the edge
/// reaches as ALIAS:3000 and that answers with its alias; `asked(target)` is what a client of the
/// table below gets: that alias, "503", "held" (no answer within a second) or "refused";
/// `run(task)` runs a task to its end.
namespace landfast::conformance {

inline RouteTable table_of(const std::string& edge, std::string path = "/") {
  RouteTable table;
  table.edge = edge;
  EdgeTarget target{target_id("shop", "app", 3000), "shop", "app", 3000, 1};
  EdgeRoute route;
  route.target = target.id;
  route.route.published = 8080;
  route.route.path = std::move(path);
  route.route.port = 3000;
  table.targets.push_back(std::move(target));
  table.routes.push_back(std::move(route));
  table.settings["shop"] = {};
  return table;
}

inline const std::string app_target = target_id("shop", "app", 3000);

template <class Make>
void a_table_is_recorded_and_the_process_starts_with_it(Make make) {
  auto owner = make();
  const auto nothing = owner.run(owner.edge().facts(owner.name())).value();
  CHECK(nothing.recorded.empty());
  CHECK_FALSE(nothing.running);
  const auto table = table_of(owner.name());
  REQUIRE(owner.run(owner.edge().apply(table, "")));
  REQUIRE(owner.run(owner.edge().apply(table, "")));  // said again
  auto facts = owner.run(owner.edge().facts(owner.name())).value();
  CHECK(facts.recorded == revision_of(table));
  CHECK(facts.revision.empty());
  CHECK(facts.slots.at(app_target).word == SlotWord::down);
  owner.start_edge();
  facts = owner.run(owner.edge().facts(owner.name())).value();
  CHECK(facts.running);
  CHECK(facts.revision == revision_of(table));
  CHECK(owner.asked(app_target) == "503");
}

template <class Make>
void a_table_made_from_an_older_one_is_refused(Make make) {
  auto owner = make();
  const auto first = table_of(owner.name()), second = table_of(owner.name(), "/api");
  REQUIRE(owner.run(owner.edge().apply(first, "")));
  const auto late = owner.run(owner.edge().apply(second, "0123456789abcdef"));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::conflict);
  CHECK(late.error().retryable);
  CHECK(owner.run(owner.edge().facts(owner.name())).value().recorded == revision_of(first));
  REQUIRE(owner.run(owner.edge().apply(second, revision_of(first))));
  const auto before = owner.run(owner.edge().table(owner.name(), revision_of(first)));
  REQUIRE(before);
  CHECK(revision_of(*before) == revision_of(first));
  CHECK(owner.run(owner.edge().table(owner.name(), "none")).error().code == Code::not_found);
}

template <class Make>
void a_switch_moves_every_request_that_comes_after_it(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  REQUIRE(owner.run(edge.apply(table_of(owner.name()), "")));
  owner.start_edge();
  owner.start_app("lf-1-app-1");
  owner.start_app("lf-2-app-1");
  REQUIRE(owner.run(edge.set_address(owner.name(), app_target, SlotName::a, {"lf-1-app-1:3000"})));
  REQUIRE(owner.run(edge.switch_to(owner.name(), app_target, SlotWord::a)));
  CHECK(owner.asked(app_target) == "lf-1-app-1");
  CHECK(owner.run(edge.probe(owner.name(), app_target, SlotName::b, "/")).value() == 502);
  REQUIRE(owner.run(edge.set_address(owner.name(), app_target, SlotName::b, {"lf-2-app-1:3000"})));
  CHECK(owner.run(edge.probe(owner.name(), app_target, SlotName::b, "/")).value() == 200);
  CHECK(owner.asked(app_target) == "lf-1-app-1");
  REQUIRE(owner.run(edge.switch_to(owner.name(), app_target, SlotWord::b)));
  CHECK(owner.asked(app_target) == "lf-2-app-1");
  const auto slot = owner.run(edge.facts(owner.name())).value().slots.at(app_target);
  CHECK(slot.word == SlotWord::b);
  CHECK(slot.a == std::vector<std::string>{"lf-1-app-1:3000"});
  CHECK(owner.run(edge.in_flight(owner.name(), app_target, SlotName::a)).value() == 0);
}

template <class Make>
void a_held_target_answers_nobody_and_a_closed_one_says_503(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  REQUIRE(owner.run(edge.apply(table_of(owner.name()), "")));
  owner.start_edge();
  owner.start_app("lf-1-app-1");
  REQUIRE(owner.run(edge.set_address(owner.name(), app_target, SlotName::a, {"lf-1-app-1:3000"})));
  REQUIRE(owner.run(edge.switch_to(owner.name(), app_target, SlotWord::hold)));
  CHECK(owner.asked(app_target) == "held");
  REQUIRE(owner.run(edge.switch_to(owner.name(), app_target, SlotWord::down)));
  CHECK(owner.asked(app_target) == "503");
  REQUIRE(owner.run(edge.switch_to(owner.name(), app_target, SlotWord::a)));
  CHECK(owner.asked(app_target) == "lf-1-app-1");
}

template <class Make>
void a_switch_outlives_the_process(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  REQUIRE(owner.run(edge.apply(table_of(owner.name()), "")));
  owner.start_edge();
  owner.start_app("lf-1-app-1");
  REQUIRE(owner.run(edge.set_address(owner.name(), app_target, SlotName::b, {"lf-1-app-1:3000"})));
  owner.stop_edge();
  CHECK(owner.asked(app_target) == "refused");
  const auto unheard = owner.run(edge.switch_to(owner.name(), app_target, SlotWord::b));
  REQUIRE_FALSE(unheard);
  CHECK(unheard.error().code == Code::unavailable);
  CHECK(unheard.error().retryable);
  owner.start_edge();
  CHECK(owner.asked(app_target) == "lf-1-app-1");
}

template <class Make>
void what_is_no_address_of_a_container_is_refused(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  REQUIRE(owner.run(edge.apply(table_of(owner.name()), "")));
  for (const auto* address : {"169.254.169.254:80", "lf-1-app-1", "http://lf-1-app-1:3000",
                              "lf-1-app-1:3000/path", "localhost:2019", "{env.HOME}:80"}) {
    const auto set = owner.run(edge.set_address(owner.name(), app_target, SlotName::a, {address}));
    REQUIRE_FALSE(set);
    CHECK(set.error().code == Code::invalid);
  }
  const auto unknown = owner.run(edge.set_address(owner.name(), "0", SlotName::a, {}));
  CHECK(unknown.error().code == Code::not_found);
}

template <class Make>
void an_edge_is_forgotten(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  REQUIRE(owner.run(edge.apply(table_of(owner.name()), "")));
  REQUIRE(owner.run(edge.forget(owner.name())));
  REQUIRE(owner.run(edge.forget(owner.name())));
  CHECK(owner.run(edge.facts(owner.name())).value().recorded.empty());
  const auto before = revision_of(table_of(owner.name()));  // an undo may need it
  CHECK(revision_of(owner.run(edge.table(owner.name(), before)).value()) == before);
}

/// One file with this content in the folder app, and a site of that name.
inline std::string site_tar(const std::string& content) {
  return test::tar_member("app", "", '5') + test::tar_member("app/index.html", content) +
         test::tar_end();
}

inline RouteTable site_table(const std::string& edge) {
  auto table = table_of(edge);
  table.targets.front() = {target_id("shop", "app", 0), "shop", "app", 0, 1};
  auto& route = table.routes.front();
  route.target = table.targets.front().id;
  route.route.port = 0;
  route.route.static_dir = "/srv/app";
  return table;
}

template <class Make>
void sites_are_kept_as_long_as_a_slot_points_to_them(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  const auto name = owner.name();
  const std::string one(64, '1'), two(64, '2'), three(64, '3');
  const auto has = [&](const std::string& site) {
    return owner.run(edge.has_site(name, site)).value();
  };
  CHECK_FALSE(has(one));
  REQUIRE(owner.run(edge.add_site(name, one, site_tar("1"))));
  REQUIRE(owner.run(edge.add_site(name, one, site_tar("1"))));  // said again
  CHECK(has(one));
  const auto table = site_table(name);
  const auto target = table.targets.front().id;
  REQUIRE(owner.run(edge.apply(table, "")));
  REQUIRE(owner.run(edge.set_address(name, target, SlotName::a, {one})));
  REQUIRE(owner.run(edge.add_site(name, two, site_tar("2"))));
  REQUIRE(owner.run(edge.set_address(name, target, SlotName::b, {two})));
  CHECK(has(one));
  REQUIRE(owner.run(edge.add_site(name, three, site_tar("3"))));
  REQUIRE(owner.run(edge.set_address(name, target, SlotName::a, {three})));
  CHECK_FALSE(has(one));
  CHECK(has(two));
  CHECK(has(three));
  const auto slots = owner.run(edge.facts(name)).value().slots.at(target);
  CHECK(slots.a == std::vector<std::string>{three});
  REQUIRE(owner.run(edge.forget(name)));
  CHECK_FALSE(has(two));
}

template <class Make>
void what_is_no_site_is_refused(Make make) {
  auto owner = make();
  auto& edge = owner.edge();
  const auto table = site_table(owner.name());
  const auto target = table.targets.front().id;
  REQUIRE(owner.run(edge.apply(table, "")));
  const std::string site(64, 'a');
  const auto missing = owner.run(edge.set_address(owner.name(), target, SlotName::a, {site}));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::not_found);
  for (const auto* address : {"lf-1-app-1:3000", "../../conf", "a"}) {
    const auto set = owner.run(edge.set_address(owner.name(), target, SlotName::a, {address}));
    REQUIRE_FALSE(set);
    CHECK(set.error().code == Code::invalid);
    CHECK(owner.run(edge.add_site(owner.name(), address, site_tar("1"))).error().code ==
          Code::invalid);
  }
  const auto outside =
      test::tar_member("app", "", '5') + test::tar_member("app/../x", "1") + test::tar_end();
  CHECK(owner.run(edge.add_site(owner.name(), site, outside)).error().code == Code::invalid);
  const auto cut = site_tar("1").substr(0, 700);
  CHECK(owner.run(edge.add_site(owner.name(), site, cut)).error().code == Code::corrupt);
  CHECK_FALSE(owner.run(edge.has_site(owner.name(), site)).value());
}

template <class Make>
void edge_suite(Make make) {
  SUBCASE("recorded") { a_table_is_recorded_and_the_process_starts_with_it(make); }
  SUBCASE("older") { a_table_made_from_an_older_one_is_refused(make); }
  SUBCASE("switch") { a_switch_moves_every_request_that_comes_after_it(make); }
  SUBCASE("hold") { a_held_target_answers_nobody_and_a_closed_one_says_503(make); }
  SUBCASE("restart") { a_switch_outlives_the_process(make); }
  SUBCASE("addresses") { what_is_no_address_of_a_container_is_refused(make); }
  SUBCASE("sites") { sites_are_kept_as_long_as_a_slot_points_to_them(make); }
  SUBCASE("no sites") { what_is_no_site_is_refused(make); }
  SUBCASE("forgotten") { an_edge_is_forgotten(make); }
}

}  // namespace landfast::conformance
