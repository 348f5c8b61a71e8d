// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view shop = R"(
services:
  db:
    image: postgres:15
    restart: always
    volumes: [data:/var/lib/postgresql/data]
    healthcheck: {test: [CMD, pg_isready], interval: 5s}
  migrate:
    image: app:1
    command: [migrate]
    depends_on: {db: {condition: service_healthy}}
  app:
    image: app:1
    restart: unless-stopped
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
volumes: {data: }
)";

std::string with_image(std::string_view yaml, const std::string& from, const std::string& to) {
  std::string text(yaml);
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The stage on which the shop stack runs: a database that needs 300 ms, an app that needs 100 ms.
struct ShopStage : Stage {
  ShopStage() {
    FakeImageBehaviour db;
    db.ready_after = milliseconds(300);
    image("postgres:15", db, {"5432/tcp"}, {"/var/lib/postgresql/data"});
    for (const auto* tag : {"app:1", "app:2"}) {
      FakeImage app;
      app.config["ExposedPorts"] = boost::json::object{{"8080/tcp", boost::json::object()}};
      app.behaviour.ready_after = milliseconds(100);
      FakeImageBehaviour migrate;
      migrate.exits_after = milliseconds(50);
      app.by_command["migrate"] = migrate;
      engine.daemon.load(tag, std::move(app));
    }
  }
};

constexpr std::string_view running =
    "shop-app-1 running app:1 unless-stopped\n"
    "shop-db-1 running postgres:15 always\n"
    "shop-migrate-1 exited app:1 no\n";

TEST_CASE("a first deploy brings up the stack in the order of its dependencies") {
  ShopStage stage;
  const auto report = stage.deploy(Stage::project(shop));
  INFO((report.error ? report.error->text : ""));
  CHECK(report.state == DeploymentState::committed);
  CHECK(report.release == 1);
  CHECK(stage.containers() == running);
  const auto at = [&](const std::string& line) {
    return std::find(stage.told.begin(), stage.told.end(), line) - stage.told.begin();
  };
  CHECK(at("step_done db/1:ready") < at("step_started migrate/1:start"));
  CHECK(at("step_done migrate/1:exit") < at("step_started app/1:start"));
}

TEST_CASE("a second deploy with nothing changed changes nothing") {
  ShopStage stage;
  const auto project = Stage::project(shop);
  stage.deploy(project);
  stage.engine.calls.clear();
  CHECK(plan_text(stage.plan(project)).starts_with("shop  release 1  nothing to do\n"));
  stage.deploy(project);
  CHECK(stage.engine.calls.text(true).empty());
}

TEST_CASE("a new image replaces its services and nothing else") {
  ShopStage stage;
  stage.deploy(Stage::project(shop));
  const auto db = stage.engine.daemon.inspect("shop-db-1")->id;
  const auto report = stage.deploy(Stage::project(with_image(shop, "app:1", "app:2")));
  INFO((report.error ? report.error->text : ""));
  CHECK(report.release == 2);
  CHECK(stage.containers() == with_image(running, "app:1", "app:2"));
  CHECK(stage.engine.daemon.inspect("shop-db-1")->id == db);
}

TEST_CASE("a gate that fails is undone: the old container serves again") {
  ShopStage stage;
  stage.deploy(Stage::project(shop));
  const auto app = stage.engine.daemon.inspect("shop-app-1")->id;
  FakeImage broken;
  FakeImageBehaviour migrate;
  migrate.exits_after = milliseconds(50);
  broken.by_command["migrate"] = migrate;
  broken.behaviour.exits_after = milliseconds(20);
  broken.behaviour.exit_code = 3;
  broken.behaviour.log = {"cannot find the config"};
  stage.engine.daemon.load("app:3", std::move(broken));
  const auto report = stage.deploy(Stage::project(with_image(shop, "app:1", "app:3")));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->text.find("app ended") != std::string::npos);
  CHECK(report.error->hint.starts_with("migrate had run, and no data that landfast knows"));
  CHECK(stage.containers() == running);
  CHECK(stage.engine.daemon.inspect("shop-app-1")->id == app);
}

TEST_CASE("a one-shot that fails stops the deploy before what needs it, and leaves nothing") {
  ShopStage stage;
  FakeImage bad;
  FakeImageBehaviour migrate;
  migrate.exits_after = milliseconds(50);
  migrate.exit_code = 7;
  migrate.log = {"relation exists"};
  bad.by_command["migrate"] = migrate;
  stage.engine.daemon.load("app:1", std::move(bad));
  const auto report = stage.deploy(Stage::project(shop));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->text == "migrate failed with exit code 7");
  CHECK(report.error->trace.back().find("relation exists") != std::string::npos);
  CHECK(stage.containers().empty());
  CHECK(stage.engine.daemon.volumes().empty());
}

TEST_CASE("Ctrl-C ends the gate and undoes") {
  ShopStage stage;
  Signal stop;
  stage.stop = &stop;
  stage.clock.after(milliseconds(150), [&] { stop.set(); });
  const auto report = stage.deploy(Stage::project(shop));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->code == Code::cancelled);
  CHECK(stage.containers().empty());
}

constexpr std::string_view job_and_server = R"(
services:
  job: {image: job:1}
  server: {image: "server:1"}
)";

TEST_CASE("what ran to its end is not run again, what somebody stopped is started") {
  ShopStage stage;
  FakeImageBehaviour job;
  job.exits_after = milliseconds(100);
  stage.image("job:1", job);
  stage.image("server:1");
  const auto project = Stage::project(job_and_server);
  REQUIRE(stage.deploy(project).release == 1);
  CHECK(stage.plan(project).empty());
  stage.clock.run(stage.engine.daemon.stop("shop-server-1", std::nullopt));
  REQUIRE(stage.engine.daemon.inspect("shop-server-1")->exit_code == 0);
  const auto plan = stage.plan(project);
  REQUIRE(plan.steps.size() == 2);
  CHECK(plan.steps[0].id == "server/1:start");
  stage.deploy(project);
  CHECK(stage.containers() == "shop-job-1 exited job:1 no\nshop-server-1 running server:1 no\n");
}

/// Runs a deploy for `moves` moves of the clock, then kills it; false when it ended before.
bool killed_after(ShopStage& stage, const Project& project, std::size_t moves) {
  TaskGroup group;
  const auto run = [](ShopStage& s, const Project& p) -> Task<void> {
    co_await s.deploying(p, DeployOptions{});
  };
  group.spawn(run(stage, project));
  for (std::size_t i = 0; i < moves && group.live() > 0; ++i)
    if (!stage.clock.advance_to_next()) break;
  if (group.live() == 0) return false;
  stage.engine.freeze();
  return true;
}

TEST_CASE("a watcher undoes what a killed deployer left, at any await") {
  std::size_t kills = 0;
  for (std::size_t moves = 1;; ++moves) {
    ShopStage stage;
    stage.deploy(Stage::project(shop));
    stage.have_watchers(milliseconds(5));
    if (!killed_after(stage, Stage::project(with_image(shop, "app:1", "app:2")), moves)) break;
    ++kills;
    stage.engine.thaw();
    stage.clock.advance(std::chrono::seconds(30));
    INFO("killed after " << moves << " moves");
    const auto now = stage.containers();
    const bool is_new = now == with_image(running, "app:1", "app:2");
    REQUIRE((is_new || now == running));
    const auto history = stage.clock.run(stage.journal.history("shop"));
    CHECK_FALSE(history->unfinished);
    CHECK(history->current->number == (is_new ? 2 : 1));
  }
  CHECK(kills >= 80);
}

/// A stack that a person has taken down, volumes and claim too: its journal has closed it.
void take_away(ShopStage& stage) {
  auto& daemon = stage.engine.daemon;
  for (const auto& c : daemon.list({})) REQUIRE(daemon.remove(c.id, true, true));
  for (const auto& n : daemon.networks())
    if (n.name.starts_with("shop_")) REQUIRE(daemon.remove_network(n.id));
  for (const auto& v : daemon.volumes()) REQUIRE(daemon.remove_volume(v.name));
  REQUIRE(stage.clock.run(stage.journal.close_stack("shop")));
  REQUIRE(stage.clock.run(stage.journal.history("shop"))->closed);
}

TEST_CASE("the first deploy of a stack's second life is undone as a first one") {
  ShopStage stage;
  REQUIRE(stage.deploy(Stage::project(shop)).release == 1);
  take_away(stage);
  const auto project = Stage::project(with_image(shop, "app:1", "app:2"));
  SUBCASE("a gate fails") {
    FakeImage broken;
    broken.behaviour.exits_after = milliseconds(50);
    broken.behaviour.exit_code = 7;
    stage.engine.daemon.load("app:2", std::move(broken));
    const auto report = stage.deploy(project);
    CHECK(report.state == DeploymentState::undone);
    CHECK(report.aftermath.find("nothing of it is left") != std::string::npos);
  }
  SUBCASE("its deployer is killed") {
    REQUIRE(killed_after(stage, project, 60));
    stage.engine.thaw();
    REQUIRE_FALSE(stage.engine.daemon.volumes().empty());
    stage.recover();
  }
  CHECK(stage.containers().empty());
  CHECK(stage.engine.daemon.volumes().empty());
  CHECK_FALSE(stage.clock.run(stage.journal.history("shop"))->unfinished);
}

TEST_CASE("a watcher waits for an engine that was killed with the deployer") {
  ShopStage stage;
  stage.deploy(Stage::project(shop));
  stage.have_watchers(milliseconds(5));
  REQUIRE(killed_after(stage, Stage::project(with_image(shop, "app:1", "app:2")), 60));
  REQUIRE(stage.containers() != running);
  stage.engine.thaw();
  stage.engine.restart_daemon(std::chrono::minutes(3));
  stage.clock.advance(std::chrono::minutes(5));
  CHECK(stage.containers() == running);
  CHECK_FALSE(stage.clock.run(stage.journal.history("shop"))->unfinished);
}

/// The volumes of the stack, the claim marked.
std::string volumes_of(const ShopStage& stage) {
  std::string names;
  for (const auto& v : stage.engine.daemon.volumes()) names += v.name + " ";
  return names;
}

TEST_CASE("a stack belongs to the journal that deployed it first") {
  ShopStage stage;
  REQUIRE(stage.deploy(Stage::project(shop)).release == 1);
  CHECK(volumes_of(stage).find("shop_landfast ") != std::string::npos);
  CHECK(stage.world().keep);
  stage.journal.id = "journal-2";
  const auto report = stage.deploy(Stage::project(with_image(shop, "app:1", "app:2")));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->code == Code::locked);
  CHECK(stage.containers() == running);
  CHECK(stage.world().keep);
}

TEST_CASE("a claim that vanished is made again, one that is there is left alone") {
  ShopStage stage;
  stage.deploy(Stage::project(shop));
  const auto first = stage.world().keep->id;
  stage.deploy(Stage::project(with_image(shop, "restart: always", "restart: on-failure")));
  CHECK(stage.world().keep->id == first);
  REQUIRE(stage.clock.run(stage.engine.remove_container(first, true, false)));
  const auto removed = stage.clock.run(stage.engine.remove_volume("shop_landfast"));
  REQUIRE_MESSAGE(removed, removed.error().text);
  stage.deploy(Stage::project(shop));
  REQUIRE(stage.world().keep);
  CHECK(stage.world().keep->id != first);
  CHECK(volumes_of(stage).find("shop_landfast ") != std::string::npos);
}

TEST_CASE("a disk reserve is set aside before anything is touched, and given back to the undo") {
  ShopStage stage;
  REQUIRE(stage.deploy(Stage::project(shop)).release == 1);
  CHECK(stage.host.reserved);
  stage.host.reserve_error.emplace();
  stage.host.reserve_error->text = "no space left on device";
  const auto report = stage.deploy(Stage::project(with_image(shop, "app:1", "app:2")));
  CHECK(report.state == DeploymentState::undone);
  CHECK_FALSE(stage.host.reserved);
  CHECK(stage.containers() == running);
}

constexpr std::string_view checked = R"(
services:
  app: {image: "app:1", restart: always, environment: {API_TOKEN: "very-hidden"}}
x-landfast:
  verify:
    - {http: "http://app:8080/health?deep", json: {status: ok}}
    - {run: [curl, "-f", "https://shop.example/"]}
)";

TEST_CASE("a check that passes late holds the commit, and is asked again until then") {
  ShopStage stage;
  int asked = 0;
  stage.probe.answer = [&](const HttpProbe& p) -> Result<HttpAnswer> {
    CHECK(p.target == "/health?deep");
    CHECK(p.host == "app");
    CHECK(p.address != "app");
    if (++asked < 5) return HttpAnswer{503, {}, "warming up"};
    return HttpAnswer{200, {}, R"({"status": "ok", "more": 1})"};
  };
  CHECK(stage.deploy(Stage::project(checked)).release == 1);
  CHECK(asked == 5);
  const auto at = [&](const std::string& line) {
    return std::find(stage.told.begin(), stage.told.end(), line) - stage.told.begin();
  };
  CHECK(at("step_done app/1:promote") < at("step_started verify:1"));
  CHECK(stage.plan(Stage::project(checked)).empty());
}

TEST_CASE("a check that never passes undoes the deploy and shows the last answer, no secrets") {
  ShopStage stage;
  stage.probe.answer = [](const HttpProbe&) -> Result<HttpAnswer> {
    return HttpAnswer{200, {}, R"({"status": "ok"})"};
  };
  REQUIRE(stage.deploy(Stage::project(checked)).release == 1);
  const auto before = stage.containers();
  stage.probe.answer = [](const HttpProbe&) -> Result<HttpAnswer> {
    return HttpAnswer{500, {}, "token very-hidden is wrong"};
  };
  const auto report = stage.deploy(Stage::project(with_image(checked, "app:1", "app:2")));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->text ==
        "the check http://app:8080/health?deep did not pass within 30.0 s: status 500, not 2xx: "
        "token ••• is wrong");
  CHECK(stage.containers() == before);
}

TEST_CASE("a command of the host that fails undoes the deploy") {
  ShopStage stage;
  stage.probe.answer = [](const HttpProbe&) -> Result<HttpAnswer> {
    return HttpAnswer{200, {}, R"({"status": "ok"})"};
  };
  stage.probe.command = [](const std::vector<std::string>& argv) -> Result<ExecResult> {
    CHECK(argv == std::vector<std::string>{"curl", "-f", "https://shop.example/"});
    return ExecResult{22, "404"};
  };
  const auto report = stage.deploy(Stage::project(checked));
  CHECK(report.state == DeploymentState::undone);
  REQUIRE(report.error);
  CHECK(report.error->text.ends_with("exit code 22: 404"));
  CHECK(stage.containers().empty());
}

TEST_CASE("a deploy without a watcher says so and goes on") {
  ShopStage stage;
  stage.host.watcher_error.emplace();
  stage.host.watcher_error->text = "no processes left";
  CHECK(stage.deploy(Stage::project(shop)).release == 1);
}

void converges_after_any_kill(const std::string& yaml, bool from_release,
                              const std::string& wanted) {
  std::size_t kills = 0;
  for (std::size_t moves = 1;; ++moves) {
    ShopStage stage;
    if (from_release) stage.deploy(Stage::project(shop));
    const auto project = Stage::project(yaml);
    if (!killed_after(stage, project, moves)) break;
    ++kills;
    CHECK(stage.engine.violations().empty());
    stage.engine.thaw();
    stage.clock.advance(std::chrono::seconds(30));  // what was under way on the engine ends
    const auto report = stage.deploy(project);
    INFO("killed after " << moves << " moves; " << (report.error ? report.error->text : ""));
    REQUIRE(report.state == DeploymentState::committed);
    REQUIRE(stage.containers() == wanted);
    REQUIRE(stage.plan(project).empty());
    // A release that was committed before the kill is finished, not deployed once more.
    CHECK(stage.clock.run(stage.journal.history("shop"))->current->number ==
          (from_release ? 2 : 1));
  }
  CHECK(kills >= 80);
}

TEST_CASE("a first deploy that is killed at any await converges when run again") {
  converges_after_any_kill(std::string(shop), false, std::string(running));
}

TEST_CASE("an update that is killed at any await converges when run again") {
  converges_after_any_kill(with_image(shop, "app:1", "app:2"), true,
                           with_image(running, "app:1", "app:2"));
}

}  // namespace
}  // namespace landfast
