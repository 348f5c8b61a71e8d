// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "port/deployment_files.h"

/// What every DeploymentFiles does. `Make` returns an owner of fresh, empty ones: `files()`.
namespace landfast::conformance {

template <class Make>
void inputs_are_kept_per_stack_and_deployment(Make make) {
  auto owner = make();
  DeploymentFiles& files = owner.files();
  CHECK(files.kept_inputs("blog").value().empty());
  CHECK(files.inputs("blog", 1).error().code == Code::not_found);
  REQUIRE(files.keep_inputs("blog", 10, std::string("a\0b", 3)));
  REQUIRE(files.keep_inputs("blog", 9, "old"));
  REQUIRE(files.keep_inputs("blog", 9, "new"));
  REQUIRE(files.keep_inputs("shop", 11, "other"));
  CHECK(files.inputs("blog", 10).value() == std::string("a\0b", 3));
  CHECK(files.inputs("blog", 9).value() == "new");
  CHECK(files.inputs("blog", 11).error().code == Code::not_found);
  CHECK(files.kept_inputs("blog").value() == std::vector<std::int64_t>{9, 10});
  CHECK(files.drop_inputs("blog", 9));
  CHECK(files.drop_inputs("blog", 9));
  CHECK(files.kept_inputs("blog").value() == std::vector<std::int64_t>{10});
  CHECK(files.kept_inputs("shop").value() == std::vector<std::int64_t>{11});
}

template <class Make>
void logs_are_bounded_and_the_oldest_go(Make make) {
  auto owner = make();
  DeploymentFiles& files = owner.files();
  CHECK(files.logs(1).value().empty());
  REQUIRE(files.keep_log(9, {"shop-web-1", "one\n"}));
  REQUIRE(files.keep_log(9, {"shop-app-1.lf-9", "two\n"}));
  REQUIRE(files.keep_log(10, {"shop-web-1", std::string(DeploymentFiles::log_limit, 'x') + "end"}));
  const auto logs = files.logs(9).value();
  REQUIRE(logs.size() == 2);
  CHECK(logs[0].container == "shop-app-1.lf-9");
  CHECK(logs[0].text == "two\n");
  const auto large = files.logs(10).value().at(0).text;
  CHECK(large.size() == DeploymentFiles::log_limit);
  CHECK(large.ends_with("xend"));
  REQUIRE(files.drop_old_logs(2));
  CHECK(files.logs(9).value().size() == 2);
  REQUIRE(files.drop_old_logs(1));
  CHECK(files.logs(9).value().empty());
  CHECK(files.logs(10).value().size() == 1);
}

/// All of it, as subcases of one test case.
template <class Make>
void deployment_files_suite(Make make) {
  SUBCASE("inputs") { inputs_are_kept_per_stack_and_deployment(make); }
  SUBCASE("logs") { logs_are_bounded_and_the_oldest_go(make); }
}

}  // namespace landfast::conformance
