// SPDX-License-Identifier: Apache-2.0
#include "run/health_facts.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

namespace landfast {
namespace {

Container with_config(const char* json) {
  Container c;
  c.config = boost::json::parse(json).as_object();
  return c;
}

using Words = std::vector<std::string>;

TEST_CASE("the command of a health check, in each of its forms") {
  CHECK(health_facts(with_config(R"({"Healthcheck":{"Test":["CMD","a","b"]}})")).command ==
        Words{"a", "b"});
  CHECK(health_facts(with_config(R"({"Healthcheck":{"Test":["CMD-SHELL","a b"]}})")).command ==
        Words{"/bin/sh", "-c", "a b"});
  CHECK(health_facts(
            with_config(R"({"Shell":["bash","-e"],"Healthcheck":{"Test":["CMD-SHELL","a"]}})"))
            .command == Words{"bash", "-e", "a"});
  CHECK(health_facts(with_config(R"({"Healthcheck":{"Test":["NONE"]}})")).command.empty());
  CHECK(health_facts(with_config("{}")).command.empty());
}

TEST_CASE("the limit is start_period + retries × (interval + timeout), at least 60 s") {
  CHECK(health_facts(with_config("{}")).limit() == std::chrono::seconds(60));
  const auto facts = health_facts(with_config(
      R"({"Healthcheck":{"Test":["CMD","a"],"Interval":10000000000,"Timeout":5000000000,)"
      R"("StartPeriod":30000000000,"Retries":10}})"));
  CHECK(facts.limit() == std::chrono::seconds(180));
}

TEST_CASE("exposed TCP ports, and whether one is a database's") {
  const auto facts =
      health_facts(with_config(R"({"ExposedPorts":{"8080/tcp":{},"53/udp":{},"5432/tcp":{}}})"));
  CHECK(facts.ports == std::vector<std::uint16_t>{5432, 8080});
  CHECK(facts.store);
  CHECK_FALSE(health_facts(with_config(R"({"ExposedPorts":{"8080/tcp":{}}})")).store);
}

}  // namespace
}  // namespace landfast
