// SPDX-License-Identifier: Apache-2.0
// What only the fake engine has: virtual time, faults, the engine's own death, dropped callers.
#include "fake/fake_engine.h"

#include <doctest/doctest.h>

#include "fake/fake_builder.h"
#include "fake/fake_probe.h"

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace landfast;

namespace {

struct Stage {
  SimulatedClock clock;
  FakeEngine engine{clock};
  FakeProbe probe{clock, engine.daemon};

  explicit Stage(FakeImageBehaviour behaviour = {}) { load("app:1", std::move(behaviour)); }
  std::string load(const std::string& reference, FakeImageBehaviour behaviour) {
    FakeImage image;
    image.config = {{"ExposedPorts", {{"80/tcp", json::object{}}}}};
    image.behaviour = std::move(behaviour);
    return engine.daemon.load(reference, std::move(image));
  }
  json::object body(const std::string& policy = "no") {
    return {{"Image", "app:1"},
            {"HostConfig", {{"NetworkMode", "bridge"}, {"RestartPolicy", {{"Name", policy}}}}},
            {"Healthcheck", {{"Test", {"CMD-SHELL", "ask"}}, {"Interval", 10'000'000'000}}}};
  }
  std::string created(const std::string& name, json::object b) {
    return clock.run(engine.create_container(name, std::move(b), "")).value();
  }
  std::string started(const std::string& name, const std::string& policy = "no") {
    auto id = created(name, body(policy));
    REQUIRE(clock.run(engine.start_container(id)));
    return id;
  }
  Container see(const std::string& id) { return engine.daemon.inspect(id).value(); }
};

Task<void> run_and_keep(Task<Status> call, std::optional<Status>& answer) {
  answer = co_await call;
}

Task<Status> forget_id(Task<Result<std::string>> call) {
  auto made = co_await call;
  if (!made) co_return fail(std::move(made).error());
  co_return Status{};
}

FakeImageBehaviour fails_after(std::chrono::nanoseconds time) {
  FakeImageBehaviour b;
  b.exits_after = time;
  b.exit_code = 1;
  return b;
}

}  // namespace

TEST_CASE("the engine's health check runs at its interval, a probe sees readiness at once") {
  FakeImageBehaviour slow;
  slow.ready_after = 2s;
  Stage stage(slow);
  const auto id = stage.started("web");
  const auto c = stage.see(id);
  const std::string ip = c.networks.at("bridge").at("IPAddress").as_string().c_str();
  CHECK_FALSE(stage.clock.run(stage.probe.tcp_accepts(ip, 80, 1s)));
  stage.clock.advance(2s);
  CHECK(stage.clock.run(stage.probe.tcp_accepts(ip, 80, 1s)));
  CHECK(stage.probe.listens(c.pid, 80).value());
  CHECK_FALSE(stage.probe.listens(c.pid, 81).value());
  CHECK(stage.see(id).health == HealthStatus::starting);
  stage.clock.advance(8s);
  CHECK(stage.see(id).health == HealthStatus::healthy);
  ExecRequest ask;
  ask.container = id;
  ask.command = {"/bin/sh", "-c", "ask"};
  CHECK(stage.clock.run(stage.engine.exec(ask)).value().exit_code == 0);
}

TEST_CASE("a temporary server passes the health check and does not listen") {
  FakeImageBehaviour database;
  database.temporary_server_until = 3s;
  database.ready_after = 4s;
  Stage stage(database);
  const auto id = stage.started("db");
  const auto pid = stage.see(id).pid;
  ExecRequest ask;
  ask.container = id;
  ask.command = {"/bin/sh", "-c", "ask"};
  CHECK(stage.clock.run(stage.engine.exec(ask)).value().exit_code == 0);
  CHECK_FALSE(stage.probe.listens(pid, 80).value());
  stage.clock.advance(3s);
  CHECK(stage.clock.run(stage.engine.exec(ask)).value().exit_code == 1);
  stage.clock.advance(1s);
  CHECK(stage.clock.run(stage.engine.exec(ask)).value().exit_code == 0);
  CHECK(stage.probe.listens(pid, 80).value());
}

TEST_CASE("always restarts with a back-off that doubles from 100 ms") {
  Stage stage(fails_after(1s));
  stage.started("web", "always");
  stage.clock.advance(20s);
  std::vector<std::int64_t> pauses;
  const auto& runs = stage.engine.daemon.runs();
  for (std::size_t i = 1; i < 5; ++i) pauses.push_back((runs[i].at - runs[i - 1].at - 1s) / 1ms);
  CHECK(pauses == std::vector<std::int64_t>{100, 200, 400, 800});
}

TEST_CASE("it flaps as often as told, then stays") {
  FakeImageBehaviour shy;
  shy.flaps = 2;
  Stage stage(shy);
  const auto id = stage.started("web", "on-failure");
  stage.clock.advance(1min);
  CHECK(stage.engine.daemon.runs().size() == 3);
  CHECK(stage.see(id).status == ContainerStatus::running);
  CHECK(stage.see(id).restart_count == 2);
}

TEST_CASE("what needs a name that does not accept yet gives up") {
  Stage stage;
  FakeImageBehaviour needy;
  needy.needs = {"db"};
  stage.load("needy:1", needy);
  auto body = stage.body();
  body["Image"] = "needy:1";
  const auto id = stage.created("app", body);
  REQUIRE(stage.clock.run(stage.engine.start_container(id)));
  CHECK(stage.clock.run(stage.engine.wait_container(id)).value() == 1);
  stage.started("db");
  REQUIRE(stage.clock.run(stage.engine.start_container(id)));
  stage.clock.advance(1min);
  CHECK(stage.see(id).status == ContainerStatus::running);
}

TEST_CASE("after the engine's death always comes back even if stopped, unless-stopped does not") {
  Stage stage;
  const auto always = stage.started("always", "always");
  const auto stopped_always = stage.started("stopped-always", "always");
  const auto unless = stage.started("unless", "unless-stopped");
  const auto stopped_unless = stage.started("stopped-unless", "unless-stopped");
  const auto no = stage.started("no", "no");
  const auto never = stage.created("never-started", stage.body("always"));
  REQUIRE(stage.clock.run(stage.engine.stop_container(stopped_always, 1s)));
  REQUIRE(stage.clock.run(stage.engine.stop_container(stopped_unless, 1s)));
  stage.engine.restart_daemon(5s);
  CHECK(stage.clock.run(stage.engine.facts()).error().code == Code::unavailable);
  CHECK(stage.see(always).status == ContainerStatus::exited);
  CHECK(stage.see(always).exit_code == 137);
  stage.clock.advance(6s);
  CHECK(stage.clock.run(stage.engine.facts()));
  CHECK(stage.see(always).status == ContainerStatus::running);
  CHECK(stage.see(stopped_always).status == ContainerStatus::running);
  CHECK(stage.see(unless).status == ContainerStatus::running);
  CHECK(stage.see(stopped_unless).status == ContainerStatus::exited);
  CHECK(stage.see(no).status == ContainerStatus::exited);
  CHECK(stage.see(never).status == ContainerStatus::created);
}

TEST_CASE("calls, waits and streams under way end as unavailable when the engine dies") {
  FakeImageBehaviour slow;
  slow.stop_duration = 5s;
  Stage stage(slow);
  const auto id = stage.started("web");
  std::optional<Status> stopped, followed;
  TaskGroup group;
  group.spawn(run_and_keep(stage.engine.stop_container(id, 10s), stopped));
  group.spawn(run_and_keep(
      stage.engine.events("", nullptr, [](const EngineEvent&) { return true; }), followed));
  stage.clock.advance(1s);
  stage.engine.restart_daemon();
  CHECK(stage.clock.run(group));
  CHECK(stopped->error().code == Code::unavailable);
  CHECK(followed->error().code == Code::unavailable);
}

TEST_CASE("a caller dropped before its request arrives did nothing, later everything") {
  Stage stage;
  const auto id = stage.created("web", stage.body());
  std::optional<Status> answer;
  {
    TaskGroup killed;
    killed.spawn(run_and_keep(stage.engine.start_container(id), answer));
  }
  stage.clock.advance(1s);
  CHECK(stage.see(id).status == ContainerStatus::created);
  {
    TaskGroup killed;
    killed.spawn(run_and_keep(stage.engine.start_container(id), answer));
    stage.clock.advance(1ms);  // it has arrived and is being worked on
    CHECK(stage.see(id).status == ContainerStatus::created);
  }
  stage.clock.advance(1s);
  CHECK(stage.see(id).status == ContainerStatus::running);
  CHECK_FALSE(answer.has_value());
}

TEST_CASE("a network whose client was killed can come late, and then its name is ambiguous") {
  Stage stage;
  json::object wanted{{"Name", "front"}, {"CheckDuplicate", true}};
  {
    TaskGroup killed;
    std::optional<Status> answer;
    killed.spawn(run_and_keep(forget_id(stage.engine.create_network(wanted)), answer));
    stage.clock.advance(1ms);  // it has arrived
  }
  CHECK_FALSE(stage.engine.daemon.has_network("front"));
  const auto second = stage.clock.run(stage.engine.create_network(wanted));
  REQUIRE(second.has_value());
  auto body = stage.body();
  body["HostConfig"] = {{"NetworkMode", "front"}};
  const auto id = stage.created("web", body);
  const auto started = stage.clock.run(stage.engine.start_container(id));
  CHECK(started.error().text.find("ambiguous") != std::string::npos);
  REQUIRE(stage.clock.run(stage.engine.remove_network(second.value())));
  CHECK(stage.clock.run(stage.engine.start_container(id)));
}

TEST_CASE("faults: before, after, and no answer at all") {
  Stage stage;
  const auto id = stage.created("web", stage.body());
  stage.engine.faults = fault_at("start_container", 1, Fault::Kind::fail_before);
  CHECK(stage.clock.run(stage.engine.start_container(id)).error().code == Code::unavailable);
  CHECK(stage.see(id).status == ContainerStatus::created);
  stage.engine.faults = fault_at("start_container", 1, Fault::Kind::fail_after);
  CHECK(stage.clock.run(stage.engine.start_container(id)).error().code == Code::unavailable);
  CHECK(stage.see(id).status == ContainerStatus::running);
  stage.engine.faults = fault_at("stop_container", 1, Fault::Kind::hang_after);
  std::optional<Status> answer;
  TaskGroup group;
  group.spawn(run_and_keep(stage.engine.stop_container(id, 1s), answer));
  stage.clock.advance(1h);
  CHECK_FALSE(answer.has_value());
  CHECK(stage.see(id).status == ContainerStatus::exited);
}

TEST_CASE("the log knows what changed the engine; after a freeze a call is a violation") {
  Stage stage;
  const auto id = stage.started("web");
  stage.engine.calls.clear();
  (void)stage.clock.run(stage.engine.containers({}));
  (void)stage.clock.run(stage.engine.container(id));
  CHECK(stage.engine.calls.mutations().empty());
  (void)stage.clock.run(stage.engine.stop_container(id, 1s));
  CHECK(stage.engine.calls.text(true) == "stop_container " + id + "\n");
  stage.engine.freeze();
  { auto never_awaited = stage.engine.remove_container(id, true, false); }
  CHECK(stage.engine.violations() == std::vector<std::string>{"remove_container " + id});
  stage.engine.thaw();
  CHECK(stage.clock.run(stage.engine.remove_container(id, true, false)));
}

TEST_CASE("a guest of a namespace whose owner started again is cut off until it does too") {
  Stage stage;
  const auto owner = stage.started("owner");
  auto body = stage.body();
  body["HostConfig"] = {{"NetworkMode", "container:owner"}};
  const auto guest = stage.created("guest", body);
  REQUIRE(stage.clock.run(stage.engine.start_container(guest)));
  CHECK(stage.probe.listens(stage.see(guest).pid, 80).value());
  REQUIRE(stage.clock.run(stage.engine.restart_container(owner, 1s)));
  CHECK_FALSE(stage.probe.listens(stage.see(guest).pid, 80).value());
  REQUIRE(stage.clock.run(stage.engine.restart_container(guest, 1s)));
  CHECK(stage.probe.listens(stage.see(guest).pid, 80).value());
}

TEST_CASE("a pull moves the tag and tells how far it is; a dropped one leaves nothing") {
  Stage stage;
  const auto old = stage.engine.daemon.image("app:1").value().id;
  const auto fresh = stage.engine.daemon.publish("app:1", {});
  std::vector<std::uint64_t> parts;
  std::optional<Status> answer;
  {
    TaskGroup killed;
    killed.spawn(run_and_keep(stage.engine.pull("app:1", "", {}), answer));
    stage.clock.advance(100ms);
  }
  stage.clock.advance(10s);
  CHECK(stage.engine.daemon.image("app:1").value().id == old);
  CHECK(stage.clock.run(stage.engine.pull(
      "app:1", "", [&](const ImageProgress& p) { parts.push_back(p.current * 4 / p.total); })));
  CHECK(parts == std::vector<std::uint64_t>{1, 2, 3, 4});
  CHECK(stage.engine.daemon.image("app:1").value().id == fresh);
  CHECK(stage.engine.daemon.image(old).value().tags.empty());
  CHECK(stage.clock.run(stage.engine.pull("none:1", "", {})).error().code == Code::not_found);
}

TEST_CASE("equal sources build to the same image, others to a new one") {
  Stage stage;
  FakeBuilder builder(stage.clock, stage.engine.daemon);
  BuildRequest request;
  request.tag = "shop-web";
  builder.builds["shop-web"];
  REQUIRE(stage.clock.run(builder.build(request, {})));
  const auto first = stage.engine.daemon.image("shop-web").value().id;
  REQUIRE(stage.clock.run(builder.build(request, {})));
  CHECK(stage.engine.daemon.image("shop-web").value().id == first);
  builder.builds["shop-web"].source = "2";
  REQUIRE(stage.clock.run(builder.build(request, {})));
  CHECK(stage.engine.daemon.image("shop-web").value().id != first);
  builder.builds["shop-web"].error = "step 3 failed";
  CHECK(stage.clock.run(builder.build(request, {})).error().text == "step 3 failed");
}

TEST_CASE("a seed changes the interleaving and replays exactly") {
  const auto order = [](std::uint64_t seed) {
    Stage stage;
    stage.engine.shuffle(seed);
    std::vector<std::optional<Status>> answers(6);
    TaskGroup group;
    for (std::size_t i = 0; i < answers.size(); ++i)
      group.spawn(run_and_keep(
          stage.engine.create_volume({{"Name", std::string(1, static_cast<char>('a' + i))}}),
          answers[i]));
    CHECK(stage.clock.run(group));
    std::string names;
    for (const auto& event : stage.engine.daemon.events())
      if (event.type == "volume") names += event.id;
    return names;
  };
  CHECK(order(1) == order(1));
  CHECK(order(1).size() == 6);
  CHECK(order(1) != order(2));
}

TEST_CASE("writers are those that run with the volume mounted writable") {
  Stage stage;
  auto body = stage.body();
  body["HostConfig"] = {{"NetworkMode", "none"}, {"Binds", {"data:/data"}}};
  const auto first = stage.created("first", body);
  body["HostConfig"] = {{"NetworkMode", "none"}, {"Binds", {"data:/data:ro"}}};
  const auto reader = stage.created("reader", body);
  CHECK(stage.engine.daemon.writers("data").empty());
  REQUIRE(stage.clock.run(stage.engine.start_container(first)));
  REQUIRE(stage.clock.run(stage.engine.start_container(reader)));
  CHECK(stage.engine.daemon.writers("data") == std::vector<std::string>{first});
}
