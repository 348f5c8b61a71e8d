// SPDX-License-Identifier: Apache-2.0
#include "run/ready.h"

#include <doctest/doctest.h>

#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// One container of an image that behaves as told, and the gate before it.
struct GateStage : Stage {
  bool health_check = true;
  ReadyRequest request;
  nanoseconds took{0};
  std::vector<std::string> waited;

  Result<Ready> ready(FakeImageBehaviour behaviour, std::vector<std::string> exposed) {
    image("app:1", std::move(behaviour), std::move(exposed), {});
    boost::json::object body{{"Image", "app:1"}};
    if (health_check)
      body["Healthcheck"] = boost::json::object{{"Test", {"CMD", "check"}},
                                                {"Interval", 3'600'000'000'000},
                                                {"Timeout", 1'000'000'000},
                                                {"Retries", 1}};
    request.container = *clock.run(engine.create_container("app", body, ""));
    request.name = "app";
    request.waiting = [this](const std::string& text) { waited.push_back(text); };
    REQUIRE(clock.run(engine.start_container(request.container)));
    const auto begin = clock.now();
    auto outcome = clock.run(await_ready(ports, request));
    took = clock.now() - begin;
    return outcome;
  }

  /// How often the health check was run.
  [[nodiscard]] int checks() const {
    int count = 0;
    for (const auto& call : engine.calls.all()) count += call.method == "exec" ? 1 : 0;
    return count;
  }
};

FakeImageBehaviour ready_after(nanoseconds time) {
  FakeImageBehaviour behaviour;
  behaviour.ready_after = time;
  return behaviour;
}

TEST_CASE("a container whose port listens is asked at once, and once") {
  GateStage stage;
  const auto ready = stage.ready(ready_after(milliseconds(0)), {"80/tcp"});
  REQUIRE(ready);
  CHECK(ready->how == "healthy");
  CHECK(stage.checks() == 1);
  CHECK(stage.took < milliseconds(30));
}

TEST_CASE("a health check runs as soon as a port begins to listen") {
  GateStage stage;
  REQUIRE(stage.ready(ready_after(milliseconds(77)), {"80/tcp"}));
  CHECK(stage.checks() == 1);
  CHECK(stage.took < milliseconds(77 + 40));
}

TEST_CASE("a health check is seen to pass within 100 ms where no port tells") {
  for (const int ms : {120, 333, 2500, 9000}) {
    GateStage stage;
    REQUIRE(stage.ready(ready_after(milliseconds(ms)), {}));
    CHECK(stage.took >= milliseconds(ms) - milliseconds(20));
    CHECK(stage.took <= milliseconds(ms + 120));
  }
}

TEST_CASE("without a health check a port that listens is enough") {
  GateStage stage;
  stage.health_check = false;
  const auto ready = stage.ready(ready_after(milliseconds(400)), {"8080/tcp"});
  REQUIRE(ready);
  CHECK(ready->how == "listening");
  CHECK(stage.took < milliseconds(450));
}

TEST_CASE("a port that never listens passes with a warning, no check and no port by staying up") {
  GateStage silent;
  silent.health_check = false;
  const auto ready = silent.ready(ready_after(seconds(3600)), {"8080/tcp"});
  REQUIRE(ready);
  CHECK(ready->warning.find("none listens") != std::string::npos);
  CHECK(silent.took >= seconds(10));
  GateStage plain;
  plain.health_check = false;
  const auto up = plain.ready(ready_after(milliseconds(0)), {});
  REQUIRE(up);
  CHECK(up->how.starts_with("up for 1"));
  CHECK(plain.took < seconds(2));
}

TEST_CASE("a temporary server does not count as ready") {
  GateStage stage;
  FakeImageBehaviour database = ready_after(milliseconds(900));
  database.temporary_server_until = milliseconds(500);
  REQUIRE(stage.ready(database, {"5432/tcp"}));
  CHECK(stage.took >= milliseconds(900) - milliseconds(20));
}

TEST_CASE("a check that never passes fails at the gate's limit and shows what it said") {
  GateStage stage;
  FakeImageBehaviour sick = ready_after(milliseconds(10));
  sick.health_never = true;
  sick.log = {"cannot reach the queue"};
  const auto ready = stage.ready(sick, {"80/tcp"});
  REQUIRE_FALSE(ready);
  CHECK(ready.error().text.starts_with("app was not ready within "));
  REQUIRE_FALSE(ready.error().trace.empty());
  CHECK(ready.error().trace.back().find("cannot reach the queue") != std::string::npos);
}

TEST_CASE("a container that ends is started again by its policy, else the gate fails") {
  FakeImageBehaviour flapping = ready_after(milliseconds(20));
  flapping.flaps = 2;
  GateStage played;
  played.request.play.name = "always";
  REQUIRE(played.ready(flapping, {"80/tcp"}));
  CHECK(std::count_if(played.engine.calls.all().begin(), played.engine.calls.all().end(),
                      [](const auto& c) { return c.method == "start_container"; }) == 3);
  GateStage alone;
  const auto ready = alone.ready(flapping, {"80/tcp"});
  REQUIRE_FALSE(ready);
  CHECK(ready.error().text == "app ended with exit code 1");
}

TEST_CASE("--timeout ends the gate before the health check would") {
  GateStage stage;
  stage.request.timeout = seconds(2);
  REQUIRE_FALSE(stage.ready(ready_after(seconds(60)), {"80/tcp"}));
  CHECK(stage.took >= seconds(2));
  CHECK(stage.took < seconds(3));
}

}  // namespace
}  // namespace landfast
