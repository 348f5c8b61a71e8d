// SPDX-License-Identifier: Apache-2.0
#include "plan/verify_check.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "plan/names.h"

namespace landfast {
namespace {

std::string taken_apart(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return "none";
  return std::string(url->tls ? "tls " : "") + url->host + " " + std::to_string(url->port) + " " +
         url->target;
}

VerifyCheck json_check(std::string_view wanted) {
  VerifyCheck check;
  check.target = "http://app";
  check.json = boost::json::parse(wanted);
  return check;
}

Container container(const std::string& service, const std::string& network, const std::string& ip) {
  Container c;
  c.id = c.name = service + "-1";
  c.labels[label::service] = service;
  c.status = ContainerStatus::running;
  c.networks[network] = {{"IPAddress", ip}, {"Aliases", boost::json::array{service, "also"}}};
  return c;
}

}  // namespace

TEST_CASE("URLs are taken apart") {
  CHECK(taken_apart("http://app:3000/api/health?x=1#top") == "app 3000 /api/health?x=1");
  CHECK(taken_apart("https://shop.example") == "tls shop.example 443 /");
  CHECK(taken_apart("http://[::1]:81?q") == "::1 81 /?q");
  CHECK(taken_apart("http://[::1]/") == "::1 80 /");
  for (const auto* bad : {"", "app:3000", "ftp://a", "http://", "http://a:0/", "http://a:99999",
                          "http://u:p@a/", "http://a:b/"})
    CHECK_MESSAGE(taken_apart(bad) == "none", bad);
}

TEST_CASE("host and port") {
  CHECK(parse_host_port("db:5432")->port == 5432);
  CHECK(parse_host_port("[fe80::1]:80")->host == "fe80::1");
  for (const auto* bad : {"db", ":80", "db:", "db:x", "a:b:80", "db:65536"})
    CHECK_MESSAGE(!parse_host_port(bad), bad);
}

TEST_CASE("an answer is judged by status, then headers, then JSON") {
  VerifyCheck check;
  check.headers = {{"X-Frame-Options", "DENY"}};
  CHECK(wrong_with(check, {404, {}, ""}) == "status 404, not 2xx");
  CHECK(wrong_with(check, {204, {}, ""}) == "no header X-Frame-Options");
  CHECK(wrong_with(check, {200, {{"x-frame-options", "SAMEORIGIN"}}, ""}) ==
        "header X-Frame-Options is \"SAMEORIGIN\", not \"DENY\"");
  CHECK(wrong_with(check, {200, {{"x-frame-options", "DENY"}}, ""}).empty());
  check = {};
  check.status = 401;
  CHECK(wrong_with(check, {200, {}, ""}) == "status 200, not 401");
  CHECK(wrong_with(check, {401, {}, ""}).empty());
}

TEST_CASE("JSON: the answer may say more, not other") {
  const auto check = json_check(R"({"status": "ok", "db": {"up": true}, "n": 1, "list": [1, 2]})");
  const auto judge = [&](std::string body) {
    return wrong_with(check, {200, {}, std::move(body)});
  };
  CHECK(
      judge(R"({"status":"ok","db":{"up":true,"ms":3},"n":1.0,"list":[1,2],"more":null})").empty());
  CHECK(judge("<html>") == "the answer is not JSON");
  CHECK_FALSE(judge(R"({"status":"ok","db":{"up":false},"n":1,"list":[1,2]})").empty());
  CHECK_FALSE(judge(R"({"status":"ok","db":true,"n":1,"list":[1,2]})").empty());
  CHECK_FALSE(judge(R"({"status":"ok","db":{"up":true},"n":1,"list":[1,2,3]})").empty());
  CHECK_FALSE(judge("[]").empty());
}

TEST_CASE("names of the stack become addresses, others stay") {
  Project project;
  for (const auto* name : {"app", "db", "down"}) project.services[name].name = name;
  auto app = container("app", "front", "10.0.0.2");
  app.networks["back"] = {{"IPAddress", "10.1.0.2"}};
  auto guest = container("guest", "none", "");
  guest.host_config["NetworkMode"] = "container:app-1";
  auto host = container("host", "host", "");
  host.host_config["NetworkMode"] = "host";
  auto old = container("db", "back", "10.1.0.9");
  old.name = "db-1.lf-was-2";
  const std::vector all{app, guest, host, old, container("db", "back", "10.1.0.3")};
  const auto address = [&](const std::string& name, const std::string& in) {
    const auto found = address_of(project, all, name, in);
    return found ? *found : found.error().text;
  };
  CHECK(address("db", "") == "10.1.0.3");
  CHECK(address("db-1", "") == "10.1.0.3");
  CHECK(address("app", "db") == "10.1.0.2");
  CHECK(address("localhost", "db") == "10.1.0.3");
  CHECK(address("localhost", "") == "localhost");
  CHECK((address("guest", "") == "10.0.0.2" || address("guest", "") == "10.1.0.2"));
  CHECK(address("host", "") == "127.0.0.1");
  CHECK(address("shop.example", "app") == "shop.example");
  CHECK(address("down", "") == "down does not run");
  CHECK(address("app", "down") == "down does not run");
}

TEST_CASE("secrets do not show in what a check says") {
  Project project;
  auto& app = project.services["app"];
  app.environment["DB_PASSWORD"] = Secret("hunter22");
  app.environment["LEVEL"] = Secret("debug");
  app.environment["EMPTY_TOKEN"] = std::nullopt;
  CHECK(without_secrets("hunter22 or debug, hunter22", project) == "••• or debug, •••");
}

}  // namespace landfast
