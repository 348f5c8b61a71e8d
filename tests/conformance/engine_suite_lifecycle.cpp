// SPDX-License-Identifier: Apache-2.0
// Containers: started, stopped, ended, restarted, healthy.
#include "conformance/engine_suite.h"

namespace json = boost::json;
using namespace std::chrono_literals;
using namespace landfast;
using namespace landfast::conformance;

namespace {

json::object with_policy(Bench& bench, const Argv& argv, const std::string& name, int most = 0) {
  auto body = bench.body(argv);
  body["HostConfig"].as_object()["RestartPolicy"] =
      json::object{{"Name", name}, {"MaximumRetryCount", most}};
  return body;
}

json::object with_health(Bench& bench, const std::string& command) {
  auto body = bench.body(program::obeys);
  body["Healthcheck"] = json::object{{"Test", json::array{"CMD-SHELL", command}},
                                     {"Interval", 200'000'000},
                                     {"Timeout", 5'000'000'000},
                                     {"Retries", 2}};
  return body;
}

}  // namespace

ENGINE_CASE("start runs it; starting what runs changes nothing") {
  const auto id = bench.start("web", program::obeys);
  const auto first = bench.inspect(id);
  CHECK(first.status == ContainerStatus::running);
  CHECK(first.pid > 0);
  CHECK(first.health == HealthStatus::none);
  bench.ok(engine.start_container(id));
  CHECK(bench.inspect(id).pid == first.pid);
  CHECK(bench.inspect(id).started_at == first.started_at);
  CHECK(bench.bad(engine.start_container(bench.name("nobody"))).code == Code::not_found);
}

ENGINE_CASE("stop lets it end by itself; stopping again changes nothing") {
  const auto id = bench.start("web", program::obeys);
  bench.ok(engine.stop_container(id, 20s));
  const auto c = bench.inspect(id);
  CHECK(c.status == ContainerStatus::exited);
  CHECK(c.exit_code == 0);
  CHECK(c.pid == 0);
  bench.ok(engine.stop_container(id, std::nullopt));
  CHECK(bench.inspect(id).finished_at == c.finished_at);
  const auto fresh = bench.create("fresh", program::obeys);
  bench.ok(engine.stop_container(fresh, std::nullopt));
  CHECK(bench.inspect(fresh).status == ContainerStatus::created);
  CHECK(bench.bad(engine.stop_container(bench.name("nobody"), 1s)).code == Code::not_found);
}

ENGINE_CASE("what does not obey is killed after the grace: 137") {
  const auto id = bench.start("web", program::deaf);
  bench.ok(engine.stop_container(id, 1s));
  CHECK(bench.inspect(id).status == ContainerStatus::exited);
  CHECK(bench.inspect(id).exit_code == 137);
}

ENGINE_CASE("kill ends what runs; killing what does not is a conflict") {
  const auto id = bench.start("web", program::deaf);
  bench.ok(engine.kill_container(id, "SIGKILL"));
  CHECK(bench.ok(engine.wait_container(id)) == 137);
  CHECK(bench.bad(engine.kill_container(id, "SIGKILL")).code == Code::conflict);
  CHECK(bench.bad(engine.kill_container(bench.name("nobody"), "SIGKILL")).code == Code::not_found);
}

ENGINE_CASE("wait returns the exit code: of what ends, ended, or never began") {
  const auto never = bench.create("never", program::obeys);
  CHECK(bench.ok(engine.wait_container(never)) == 0);
  const auto id = bench.start("soon", program::exits_4_soon);
  CHECK(bench.ok(engine.wait_container(id)) == 4);
  CHECK(bench.ok(engine.wait_container(id)) == 4);
  CHECK(bench.inspect(id).exit_code == 4);
  CHECK(bench.bad(engine.wait_container(bench.name("nobody"))).code == Code::not_found);
}

ENGINE_CASE("restart gives a new process, of what runs and of what stands") {
  const auto id = bench.start("web", program::obeys);
  const auto first = bench.inspect(id);
  bench.ok(engine.restart_container(id, 20s));
  const auto second = bench.inspect(id);
  CHECK(second.status == ContainerStatus::running);
  CHECK(second.pid != first.pid);
  CHECK(second.restart_count == 0);
  bench.ok(engine.stop_container(id, 20s));
  bench.ok(engine.restart_container(id, 20s));
  CHECK(bench.inspect(id).status == ContainerStatus::running);
}

ENGINE_CASE("on-failure:2 tries twice more and gives up") {
  const auto id = bench.create("web", with_policy(bench, program::exits_4_soon, "on-failure", 2));
  const auto events = bench.watch(engine.start_container(id), seen("die", 3));
  CHECK(actions(events) ==
        std::vector<std::string>{"start", "die 4", "start", "die 4", "start", "die 4"});
  const auto c = bench.inspect(id);
  CHECK(c.status == ContainerStatus::exited);
  CHECK(c.restart_count == 2);
  CHECK(c.restart_policy == RestartPolicy{"on-failure", 2});
}

ENGINE_CASE("on-failure leaves alone what ended well; no leaves alone what failed") {
  auto body = with_policy(bench, {"sh", "-c", "exit 0"}, "on-failure");
  const auto well = bench.create("well", std::move(body));
  bench.watch(engine.start_container(well), seen("die"));
  CHECK(bench.inspect(well).status == ContainerStatus::exited);
  const auto failed = bench.create("failed", with_policy(bench, program::exits_3, "no"));
  bench.watch(engine.start_container(failed), seen("die"));
  CHECK(bench.inspect(failed).status == ContainerStatus::exited);
  CHECK(bench.inspect(failed).exit_code == 3);
}

ENGINE_CASE("always comes back after its own end, not after stop or kill") {
  const auto id = bench.create("web", with_policy(bench, program::exits_4_soon, "always"));
  bench.watch(engine.start_container(id), seen("start", 2));
  CHECK(bench.inspect(id).restart_count >= 1);
  bench.ok(engine.stop_container(id, 1s));
  CHECK(bench.inspect(id).status == ContainerStatus::exited);
  const auto killed = bench.create("killed", with_policy(bench, program::obeys, "always"));
  bench.ok(engine.start_container(killed));
  bench.ok(engine.kill_container(killed, "SIGKILL"));
  CHECK(bench.ok(engine.wait_container(killed)) == 137);
  CHECK(bench.inspect(killed).status == ContainerStatus::exited);
}

ENGINE_CASE("the policy can be changed while it runs") {
  const auto id = bench.create("web", with_policy(bench, program::exits_4_soon, "always"));
  const auto begin = [](Engine& e, std::string c) -> Task<Status> {
    CO_TRY_VOID(co_await e.start_container(c));
    RestartPolicy none;
    none.name = "no";
    co_return co_await e.set_restart_policy(c, none);
  };
  bench.watch(begin(engine, id), seen("die"));
  CHECK(bench.inspect(id).status == ContainerStatus::exited);
  CHECK(bench.inspect(id).restart_policy.name == "no");
  RestartPolicy bogus;
  bogus.name = "sometimes";
  CHECK(bench.bad(engine.set_restart_policy(id, bogus)).code == Code::invalid);
  CHECK(bench.bad(engine.set_restart_policy(bench.name("nobody"), bogus)).code == Code::not_found);
}

ENGINE_CASE("only what is paused can be unpaused") {
  const auto id = bench.start("web", program::obeys);
  CHECK(bench.bad(engine.unpause_container(id)).code == Code::failed);
  CHECK(bench.bad(engine.unpause_container(bench.name("nobody"))).code == Code::not_found);
}

ENGINE_CASE("a passing health check makes it healthy, with an event") {
  const auto id = bench.create("web", with_health(bench, "exit 0"));
  const auto events = bench.watch(engine.start_container(id), seen("health_status: healthy"));
  CHECK(actions(events) == std::vector<std::string>{"start", "health_status: healthy"});
  const auto c = bench.inspect(id);
  CHECK(c.health == HealthStatus::healthy);
  CHECK(c.health_log.at("Status") == "healthy");
  CHECK_FALSE(c.health_log.at("Log").as_array().empty());
}

ENGINE_CASE("a failing health check makes it unhealthy after its retries") {
  const auto id = bench.create("web", with_health(bench, "exit 1"));
  bench.ok(engine.start_container(id));
  CHECK(bench.inspect(id).health == HealthStatus::starting);
  const auto nothing = [](Engine& e, std::string c) -> Task<Status> {
    (void)co_await e.container(c);
    co_return Status{};
  };
  bench.watch(nothing(engine, id), seen("health_status: unhealthy"));
  const auto c = bench.inspect(id);
  CHECK(c.health == HealthStatus::unhealthy);
  CHECK(c.health_log.at("FailingStreak").to_number<int>() >= 2);
}

ENGINE_CASE("who shares a namespace needs its owner to run") {
  const auto owner = bench.create("owner", program::obeys);
  const auto guest =
      bench.create("guest", bench.body(program::obeys, "container:" + bench.name("owner")));
  const std::string mode = "container:" + owner;
  CHECK(bench.inspect(guest).host_config.at("NetworkMode") == mode.c_str());
  CHECK(bench.bad(engine.start_container(guest)).code == Code::conflict);
  CHECK(bench.inspect(guest).status == ContainerStatus::created);
  CHECK_FALSE(bench.inspect(guest).error.empty());
  bench.ok(engine.start_container(owner));
  bench.ok(engine.start_container(guest));
  CHECK(bench.inspect(guest).status == ContainerStatus::running);
  CHECK(bench.inspect(guest).networks.empty());
}

ENGINE_CASE("run_attached starts it and returns its exit code") {
  InteractiveRequest request;
  request.container = bench.create("job", program::exits_3);
  request.stdin_open = false;
  CHECK(bench.ok(engine.run_attached(request)) == 3);
  CHECK(bench.inspect(request.container).status == ContainerStatus::exited);
}
