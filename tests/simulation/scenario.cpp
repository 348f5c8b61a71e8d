// SPDX-License-Identifier: Apache-2.0
#include "simulation/scenario.h"

#include <fmt/format.h>

#include <memory>
#include <random>

#include "simulation/invariants.h"
#include "simulation/stage.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::string_view stack_file = R"(
services:
  db:
    image: postgres:{db}
    restart: always
    volumes: [data:/data]
    healthcheck: {{test: [CMD, pg_isready], interval: 5s}}
  cache:
    image: redis:7
    restart: always
    healthcheck: {{test: [CMD, redis-cli], interval: 5s}}
  migrate:
    image: app:{app}
    command: [migrate]
    depends_on: {{db: {{condition: service_healthy}}}}
  app:
    image: app:{app}
    restart: unless-stopped
    environment: {{LEVEL: "{level}"}}
    depends_on:
      db: {{condition: service_healthy}}
      cache: {{condition: service_started}}
      migrate: {{condition: service_completed_successfully}}
  web:
    image: web:{web}
    restart: on-failure
    depends_on: [app]
volumes: {{data: }}
x-landfast:
  verify: [{{http: "http://app:80/"}}, {{tcp: "cache:6379", in: app}}, {{run: [ping], in: db}}]
)";

/// The versions that one release of the stack uses; version 9 of an image is broken.
struct Versions {
  int db = 15, app = 1, web = 1, level = 0;
  [[nodiscard]] std::string yaml() const {
    return fmt::format(stack_file, fmt::arg("db", db), fmt::arg("app", app), fmt::arg("web", web),
                       fmt::arg("level", level));
  }
  [[nodiscard]] bool broken() const { return app == 9 || web == 9; }
};

class Scenario {
 public:
  explicit Scenario(std::uint64_t seed) : random_(seed) {
    stage_.engine.shuffle(seed);
    invariants_ = std::make_unique<Invariants>(stage_.engine);
    load_images();
  }

  ScenarioReport run() {
    if (chance(75)) establish();
    stage_.told.clear();
    next_ = draw_next();
    tell(fmt::format("from {} to db {} app {} web {} level {}",
                     before_.empty() ? "nothing" : "a release", next_.db, next_.app, next_.web,
                     next_.level));
    disturb();
    deploy_with_kills();
    settle();
    finish();
    for (const auto& b : invariants_->breaches()) breach(b);
    for (const auto& v : stage_.engine.violations()) breach("call of a dead process: " + v);
    return std::move(report_);
  }

 private:
  void load_images() {
    FakeImageBehaviour db;
    db.ready_after = milliseconds(200);
    db.temporary_server_until = milliseconds(80);
    for (const auto* tag : {"postgres:15", "postgres:16"}) stage_.image(tag, db, {"5432/tcp"}, {});
    stage_.image("redis:7", {}, {"6379/tcp"}, {"/cache"});
    for (const int v : {1, 2, 9}) {
      FakeImage app;
      app.config["ExposedPorts"] = boost::json::object{{"80/tcp", boost::json::object()}};
      app.behaviour.ready_after = milliseconds(50);
      app.behaviour.flaps = v == 2 ? 1 : 0;
      if (v == 9) app.behaviour.start_error = "exec: no such file";
      FakeImageBehaviour migrate;
      migrate.exits_after = milliseconds(30);
      app.by_command["migrate"] = migrate;
      stage_.engine.daemon.load(fmt::format("app:{}", v), app);
      FakeImage web = app;
      web.behaviour.start_error.clear();
      if (v == 9) web.behaviour.exits_after = milliseconds(20);
      web.behaviour.exit_code = v == 9 ? 2 : 0;
      stage_.engine.daemon.load(fmt::format("web:{}", v), web);
    }
  }

  /// A release that runs before anything goes wrong.
  void establish() {
    const auto report = stage_.deploy(Stage::project(current_.yaml()));
    if (report.state != DeploymentState::committed)
      breach("a quiet first deploy failed: " + (report.error ? report.error->text : ""));
    before_ = stage_.containers();
    invariants_->keep_volumes();
  }

  Versions draw_next() {
    Versions v = current_;
    if (chance(30)) v.db = 16;
    if (chance(50)) v.app = chance(25) ? 9 : 2;
    if (chance(30)) v.web = chance(25) ? 9 : 2;
    if (chance(30)) v.level = 1;
    return v;
  }

  /// What goes wrong on the engine while the deploy runs.
  void disturb() {
    if (chance(40)) {
      const Fault::Kind kinds[] = {Fault::Kind::fail_before, Fault::Kind::fail_after};
      const auto kind = kinds[draw(0, 1)];
      const auto nth = stage_.engine.calls.all().size() + static_cast<std::size_t>(draw(1, 120));
      stage_.engine.faults = [this, nth, kind](const EngineCall& call) {
        Fault fault;
        if (call.number == nth) {
          fault.kind = kind;
          count(kind == Fault::Kind::fail_before ? "call failed" : "answer lost");
          tell(fmt::format("fault at {} {}", call.method, call.target));
        }
        return fault;
      };
    }
    disturb_journal();
    if (chance(15))
      at("engine restart", [this] { stage_.engine.restart_daemon(milliseconds(200)); });
    if (chance(15)) at("container crash", [this] { crash_one(); });
  }

  void disturb_journal() {
    const auto nth = stage_.journal.calls.size() + static_cast<std::size_t>(draw(1, 40));
    const auto trouble = [this, nth](const std::string& kind) {
      return [this, nth, kind](std::string_view call) -> std::optional<Error> {
        if (settled_ || stage_.journal.calls.size() != nth) return std::nullopt;
        count(kind);
        tell(fmt::format("{}: {}", kind, call));
        Error error;
        error.text = "the journal's disk failed";
        return error;
      };
    };
    if (chance(8)) stage_.journal.refuse = trouble("journal refused");
    if (chance(8)) stage_.journal.lose_answer = trouble("journal answer lost");
  }

  void at(const std::string& what, std::function<void()> action) {
    stage_.clock.after(milliseconds(draw(1, 1500)), [this, what, action = std::move(action)] {
      if (settled_) return;
      count(what);
      tell(what);
      action();
    });
  }

  void crash_one() {
    std::vector<std::string> running;
    for (const auto& c : stage_.engine.daemon.list(ContainerFilter{}))
      if (c.status == ContainerStatus::running) running.push_back(c.id);
    if (running.empty()) return;
    const auto& id =
        running[static_cast<std::size_t>(draw(0, static_cast<int>(running.size()) - 1))];
    static_cast<void>(stage_.engine.daemon.crash(id, 139));
  }

  void deploy_with_kills() {
    const auto project = Stage::project(next_.yaml());
    if (chance(50)) stage_.have_watchers(milliseconds(draw(1, 50)));
    for (int kills = chance(60) ? draw(1, 3) : 0; kills > 0; --kills) {
      if (!kill_after(project, draw(1, 400))) return;
    }
    tell_end(stage_.deploy(project));
  }

  /// False when the deploy ended before the kill came.
  bool kill_after(const Project& project, int moves) {
    auto group = std::make_unique<TaskGroup>();
    group->spawn(deploy_and_forget(project));
    for (int i = 0; i < moves && group->live() > 0; ++i)
      if (!stage_.clock.advance_to_next()) break;
    if (group->live() == 0) return false;
    count("kill");
    tell(fmt::format("killed after {} moves", moves));
    stage_.engine.freeze();
    group.reset();
    stage_.engine.thaw();
    if (chance(50)) stage_.clock.advance(milliseconds(draw(0, 20'000)));
    return true;
  }

  Task<void> deploy_and_forget(const Project& project) {
    tell_end(co_await stage_.deploying(project, DeployOptions{}));
  }

  /// The trouble is over: recovery alone must leave the old or the new release, whole.
  void settle() {
    settled_ = true;
    stage_.engine.faults = nullptr;
    stage_.clock.advance(seconds(60));
    stage_.recover();
    stage_.clock.advance(seconds(60));
    const auto now = stage_.containers();
    if (now.find(".lf-") != std::string::npos) breach("recovery left another generation:\n" + now);
    if (!stage_.clock.run(stage_.journal.history("shop"))->unfinished) return;
    breach("recovery left the deployment unfinished");
  }

  /// A quiet deploy of something that works must commit and leave no trace of what was before.
  void finish() {
    if (next_.broken()) next_ = Versions{};
    const auto project = Stage::project(next_.yaml());
    const auto report = stage_.deploy(project);
    if (report.state != DeploymentState::committed)
      return breach(fmt::format("a quiet deploy did not commit: {}\n{}",
                                report.error ? report.error->text : "", stage_.containers()));
    const auto now = stage_.containers();
    if (now != wanted(next_)) breach("not wholly the new release:\n" + now);
    if (!stage_.plan(project).empty())
      breach("a second plan is not empty:\n" + plan_text(stage_.plan(project)));
  }

  static std::string wanted(const Versions& v) {
    return fmt::format(
        "shop-app-1 running app:{0} unless-stopped\nshop-cache-1 running redis:7 always\n"
        "shop-db-1 running postgres:{1} always\nshop-migrate-1 exited app:{0} no\n"
        "shop-web-1 running web:{2} on-failure\n",
        v.app, v.db, v.web);
  }

  void tell_end(const RunReport& r) {
    tell(fmt::format("deploy ended: {}{}", to_string(r.state),
                     r.error ? ": " + r.error->text : std::string()));
    if (r.state == DeploymentState::undone && !before_.empty() && stage_.containers() != before_ &&
        report_.faults.empty())
      breach("undone, but not wholly the old release:\n" + stage_.containers());
    if (r.state == DeploymentState::committed) invariants_->keep_volumes();
  }

  void tell(const std::string& line) {
    report_.story += fmt::format("{:>8} ms  {}\n", stage_.clock.now() / milliseconds(1), line);
  }
  void breach(const std::string& text) {
    report_.breaches.push_back(text);
    for (const auto& line : stage_.told) report_.story += "            " + line + "\n";
    stage_.told.clear();
  }
  void count(const std::string& fault) { ++report_.faults[fault]; }
  int draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int percent) { return draw(1, 100) <= percent; }

  std::mt19937_64 random_;
  Stage stage_;
  std::unique_ptr<Invariants> invariants_;
  Versions current_, next_;
  std::string before_;
  bool settled_ = false;
  ScenarioReport report_;
};

}  // namespace

ScenarioReport run_scenario(std::uint64_t seed) { return Scenario(seed).run(); }

}  // namespace landfast
