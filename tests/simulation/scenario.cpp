// SPDX-License-Identifier: Apache-2.0
#include "simulation/scenario.h"

#include <fmt/format.h>

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "base/text.h"
#include "plan/edge_names.h"
#include "plan/guard_facts.h"
#include "plan/names.h"
#include "simulation/clients.h"
#include "simulation/invariants.h"
#include "simulation/shop.h"
#include "simulation/shop_data.h"

namespace landfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class Scenario {
 public:
  explicit Scenario(std::uint64_t seed) : random_(seed), guarded_(chance(70)) {
    stage_.engine.shuffle(seed);
    invariants_ = std::make_unique<Invariants>(stage_.engine);
    load_shop_images(stage_, chance(15) ? 20 : 1);
    if (guarded_)
      stage_.keeps("db", "shop_data", StoreKind::postgres);
    else
      stage_.know_stores = [](World& world) { world.stores.clear(); };
    if (chance(20))
      stage_.volumes.rate = 20;  // bytes a second: the copy takes seconds
    else if (chance(50))
      stage_.volumes.scale = std::uint64_t{4} << 20;  // large: copied first while it serves
    if (chance(30)) stage_.engine.creation = milliseconds(draw(1, 300));
    current_.routed = chance(40);
    current_.reaches = chance(30);
    current_.admin = chance(30);
    if (!current_.routed) return;
    invariants_->overlaps("web");
    stage_.engine.on_call = [this, before = stage_.engine.on_call](const EngineCall& call) {
      if (before) before(call);
      look_at_stop(call);
    };
  }

  ScenarioReport run() {
    if (chance(75)) establish();
    stage_.told.clear();
    next_ = draw_next();
    tell(fmt::format("from {} to db {} cache {} app {} web {} level {}, {} routes",
                     before_.empty() ? "nothing" : "a release", next_.db, next_.cache, next_.app,
                     next_.web, next_.level, next_.routes()));
    if (current_.routed && !before_.empty()) clients_.start(3);
    disturb();
    deploy_with_kills();
    settle();
    finish();
    check_clients();
    for (const auto& b : invariants_->breaches())
      if (!data_.meddled || b.find("is gone") != std::string::npos) breach(b);
    for (const auto& b : data_.breaches()) breach(b);
    for (const auto& v : stage_.edge.violations()) breach("edge call of a dead process: " + v);
    for (const auto& v : stage_.volumes.violations()) breach("disk call of a dead process: " + v);
    for (const auto& v : stage_.engine.violations()) breach("call of a dead process: " + v);
    return std::move(report_);
  }

  ScenarioReport ended_by(const std::string& what) {
    breach(what);
    return std::move(report_);
  }

 private:
  /// A release that runs before anything goes wrong.
  void establish() {
    const auto report = stage_.deploy(Stage::project(current_.yaml()));
    if (report.state != DeploymentState::committed)
      breach("a quiet first deploy failed: " + (report.error ? report.error->text : ""));
    before_ = stage_.containers();
    cache_volume_ = cache_volume();
    invariants_->keep_volumes();
    check_one_shots(*stage_.clock.run(stage_.journal.history("shop")));
  }

  Versions draw_next() {
    Versions v = current_;
    if (chance(30)) v.db = 16;
    if (chance(30)) v.cache = 8;
    if (chance(50)) v.app = chance(30) ? (chance(50) ? 8 : 9) : 2;
    if (chance(30)) v.web = chance(25) ? 9 : 2;
    if (chance(30)) v.level = chance(20) ? 9 : 1;
    if (chance(30)) v.admin = !v.admin;
    return v;
  }

  /// What goes wrong on the engine while the deploy runs.
  void disturb() {
    if (chance(40)) {
      const auto [kind, what] = draw_fault();
      const auto nth = stage_.engine.calls.all().size() + static_cast<std::size_t>(draw(1, 120));
      stage_.engine.faults = [this, nth, kind, what](const EngineCall& call) {
        Fault fault;
        if (call.number == nth) {
          fault.kind = kind;
          count(what);
          tell(fmt::format("fault at {} {}", call.method, call.target));
        }
        return fault;
      };
    }
    disturb_journal();
    if (current_.routed) disturb_edge();
    if (chance(15))
      at("engine restart", [this] { stage_.engine.restart_daemon(milliseconds(200)); });
    if (chance(15)) at("container crash", [this] { crash_one(); });
    if (chance(10)) at("clock jump", [this] { stage_.clock.jump(seconds(draw(-90'000, 90'000))); });
    if (chance(10)) at("third party", [this] { meddle(); });
    if (chance(10)) at("second deployer", [this] { others_->spawn(deploy_other(draw_next())); });
  }

  /// Another person deploys: it waits for the lock.
  Task<void> deploy_other(Versions versions) {
    const auto project = Stage::project(versions.yaml());
    auto report = co_await stage_.deploying(project, DeployOptions{});
    tell_end(report, versions);
  }

  /// Somebody else changes a container of the stack.
  void meddle() {
    data_.meddled = true;
    auto all = stage_.engine.daemon.list(ContainerFilter{});
    if (all.empty()) return;
    auto& daemon = stage_.engine.daemon;
    const auto& c = all[static_cast<std::size_t>(draw(0, static_cast<int>(all.size()) - 1))];
    switch (draw(1, 4)) {
    case 1:
      tell("somebody stops " + c.name);
      return others_->spawn(stop_by_hand(c.id));
    case 2:
      // Nothing in a keep container can be started; who runs a migration by hand changes the data.
      if (!c.label("landfast.role").empty() || c.label("com.docker.compose.service") == "migrate")
        return;
      tell("somebody starts " + c.name);
      return static_cast<void>(daemon.start(c.id));
    case 3:
      tell("somebody removes " + c.name);
      return static_cast<void>(daemon.remove(c.id, true, false));
    default:
      tell("somebody prunes the containers");
      for (const auto& each : all)
        if (each.status == ContainerStatus::exited || each.status == ContainerStatus::created)
          static_cast<void>(daemon.remove(each.id, false, false));
    }
  }

  Task<void> stop_by_hand(std::string id) {
    co_await stage_.engine.daemon.stop(std::move(id), std::nullopt);
  }

  std::pair<Fault::Kind, std::string> draw_fault() {
    switch (draw(1, 10)) {
    case 1:
      return {Fault::Kind::hang_before, "call hangs"};
    case 2:
      return {Fault::Kind::hang_after, "answer hangs"};
    case 3:
    case 4:
    case 5:
      return {Fault::Kind::fail_before, "call failed"};
    default:
      return {Fault::Kind::fail_after, "answer lost"};
    }
  }

  void disturb_journal() {
    const auto nth = stage_.journal.calls.size() + static_cast<std::size_t>(draw(1, 40));
    const auto trouble = [this, nth](const std::string& kind, bool lasts = false) {
      return [this, nth, kind, lasts](std::string_view call) -> std::optional<Error> {
        const auto now = stage_.journal.calls.size();
        if (settled_ || now < nth || (now > nth && !lasts)) return std::nullopt;
        count(kind);
        tell(fmt::format("{}: {}", kind, call));
        Error error;
        error.text = "the journal's disk failed";
        return error;
      };
    };
    if (chance(8)) stage_.journal.refuse = trouble("journal refused");
    if (chance(8)) stage_.journal.lose_answer = trouble("journal answer lost");
    if (chance(4)) stage_.journal.refuse = trouble("journal's disk full", true);
  }

  void disturb_edge() {
    const auto nth = stage_.edge.calls.size() + static_cast<std::size_t>(draw(1, 30));
    const auto trouble = [this, nth](const std::string& kind) {
      return [this, nth, kind](std::string_view call) -> std::optional<Error> {
        if (settled_ || stage_.edge.calls.size() != nth) return std::nullopt;
        count(kind);
        tell(fmt::format("{}: {}", kind, call));
        Error error;
        error.code = Code::unavailable;
        error.text = "the edge does not answer";
        error.retryable = true;
        return error;
      };
    };
    if (chance(15)) stage_.edge.refuse = trouble("edge call failed");
    if (chance(15)) stage_.edge.lose_answer = trouble("edge answer lost");
    if (chance(15)) fail_certificates();
    if (!chance(10)) return;
    at("edge crash", [this] {
      const auto* edge = stage_.engine.daemon.find(own_edge("shop"));
      if (edge != nullptr && edge->up())
        static_cast<void>(stage_.engine.daemon.crash(edge->id, 137));
    });
  }

  /// What the edge served before it can serve again, from its own copies; of anything else the
  /// certificate cannot be loaded.
  void fail_certificates() {
    const auto* served = stage_.edge.recorded(own_edge("shop"));
    stage_.edge.validate = [this, known = served == nullptr ? 0 : served->routes.size()](
                               const RouteTable& table) -> std::string {
      if (settled_ || table.routes.size() <= known) return {};
      count("certificate fails");
      tell("a certificate fails");
      return "the certificate of the new route cannot be loaded";
    };
  }

  /// No request may fail by a kill, a failed gate or a lost answer; by these it may.
  [[nodiscard]] bool serves_all_the_time() const {
    for (const auto* fault : {"engine restart", "host restart", "container crash", "third party",
                              "edge crash", "call hangs", "answer hangs"})
      if (report_.faults.contains(fault)) return false;
    return !before_.empty();
  }

  /// The deploy has told that it puts the page in place of the wait.
  [[nodiscard]] bool held_too_long() const {
    return std::ranges::find(stage_.told, "notice web:port:80:hold") != stage_.told.end();
  }

  void check_clients() {
    if (!current_.routed || !serves_all_the_time()) return;
    // One that was held for its whole limit is answered with the page: that is no failure.
    // Where a deploy ended stuck the edge itself answers so until somebody recovers.
    const bool page = held_too_long() || stuck_;
    for (const auto& what : clients_.failed())
      if (!page || !(what.starts_with("503") || what.starts_with("held too long")))
        breach("a request failed: " + what);
    const bool edge_failed =
        report_.faults.contains("edge call failed") || report_.faults.contains("edge answer lost");
    if (!edge_failed)
      for (const auto& what : stage_.edge.unproven()) breach("not asked before: " + what);
    if (stage_.edge.cut_off() != 0) breach("a container was stopped before it was drained");
  }

  /// No address of the edge names a web server any more when it is told to stop: it serves no
  /// straggler. (What an undo removes is not stopped first.)
  void look_at_stop(const EngineCall& call) {
    if (call.method != "stop_container") return;
    const auto* c = stage_.engine.daemon.find(call.target);
    const auto* slot = stage_.edge.slot(own_edge("shop"), target_id("shop", "web", 80));
    if (c == nullptr || slot == nullptr || c->label(label::service) != "web") return;
    if (slot->word == SlotWord::hold || slot->word == SlotWord::down) return;
    const auto alias = alias_on_edge(to_container(*c), "shop");
    for (const auto& list : {slot->a, slot->b})
      for (const auto& address : list)
        if (alias && address.starts_with(*alias + ":"))
          breach(fmt::format("{} is stopped and an edge still knows its address", c->name));
  }

  /// What the edge serves is the web server of the release, and nothing is held.
  void check_served(const std::string& when) {
    if (!current_.routed || data_.meddled) return;
    const auto served = stage_.edge.request(own_edge("shop"), target_id("shop", "web", 80));
    const auto* c = stage_.engine.daemon.find(served.container);
    if (c == nullptr || c->name != "shop-web-1")
      breach(fmt::format("{}: the edge does not serve shop-web-1 ({})\n{}", when,
                         static_cast<int>(served.how), stage_.containers()));
  }

  /// One call that failed in an undo is told and not tried again: the next deploy mends the table.
  void check_routes(const std::string& when, const Versions& versions) {
    const auto* table = stage_.edge.recorded(own_edge("shop"));
    const auto routes = table == nullptr ? 0 : table->routes.size();
    if (routes != versions.routes() && !report_.faults.contains("edge call failed"))
      breach(fmt::format("{}: the edge has {} routes, not {}", when, routes, versions.routes()));
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
    deploy_to_its_end(project);
  }

  /// A deploy that hangs with the engine is killed in the end.
  void deploy_to_its_end(const Project& project) {
    auto group = std::make_unique<TaskGroup>();
    group->spawn(deploy_and_forget(project));
    const auto limit = stage_.clock.now() + std::chrono::hours(1);
    while (group->live() > 0 && stage_.clock.now() < limit)
      if (!stage_.clock.advance_to_next()) break;
    if (group->live() > 0) kill(std::move(group), "it hangs: killed");
  }

  /// False when the deploy ended before the kill came.
  bool kill_after(const Project& project, int moves) {
    auto group = std::make_unique<TaskGroup>();
    group->spawn(deploy_and_forget(project));
    for (int i = 0; i < moves && group->live() > 0; ++i)
      if (!stage_.clock.advance_to_next()) break;
    if (group->live() == 0) return false;
    kill(std::move(group), fmt::format("killed after {} moves", moves));
    if (chance(50)) stage_.clock.advance(milliseconds(draw(0, 20'000)));
    return true;
  }

  void kill(std::unique_ptr<TaskGroup> group, const std::string& how) {
    count("kill");
    tell(how);
    stage_.kill(std::move(group));
    if (!chance(15)) return;
    count("host restart");
    tell("the host restarts");
    stage_.engine.restart_daemon(seconds(draw(1, 30)));
  }

  Task<void> deploy_and_forget(const Project& project) {
    auto report = co_await stage_.deploying(project, DeployOptions{});
    tell_end(report, next_);
  }

  /// The trouble is over: recovery alone must leave the old or the new release, whole.
  void settle() {
    settled_ = true;
    stage_.engine.faults = nullptr;
    stage_.clock.advance(seconds(60));
    stage_.engine.freeze();  // whoever still hangs is killed
    others_ = std::make_unique<TaskGroup>();
    stage_.engine.thaw();
    stage_.recover();
    stage_.clock.advance(seconds(60));
    const auto history = stage_.clock.run(stage_.journal.history("shop"));
    if (history->unfinished) return breach("recovery left the deployment unfinished");
    if (history->current) served_ = versions_of(*history->current);
    if (served_.broken()) breach("a release that cannot work was committed");
    check_said(history->current ? history->current->number : 0);
    if (history->current && history->current->number == 1 && !before_.empty())
      check_routes("after the recovery", current_);
    const auto wanted = history->current ? served_.wanted() : std::string();
    const auto now = without_leftovers(stage_.containers());
    if (expected(now) != expected(wanted) && !data_.meddled)
      breach(fmt::format("not wholly the release that the journal knows:\n{}wanted:\n{}",
                         stage_.containers(), wanted));
    check_one_shots(*history);
    if (history->current) check_data(*history);
    if (history->current) check_served("after the recovery");
    one_copy_is_set_aside();
  }

  /// guard.keep is 1, whatever was killed behind the commit.
  void one_copy_is_set_aside() {
    std::map<std::string, int> copies;
    for (const auto& v : stage_.engine.daemon.volumes())
      if (const auto of = set_aside_for(v, "shop"); !of.empty() && ++copies[of] > 1)
        breach("more than one copy of " + of + " is set aside");
  }

  /// What a deploy said is true, unless another one committed after it and was killed before it
  /// could say so.
  void check_said(std::int64_t newest) {
    if (!said_) return;
    if (newest < said_->release || (newest == said_->release && !same(served_, said_->versions)))
      breach("the deploy said that it committed, the journal knows another release");
  }

  /// The data is wholly as the newest committed migration left it, and holds what its users were
  /// told that it holds.
  void check_data(const History& history) {
    if (!guarded_ || data_.meddled || history.one_shots.empty()) return;
    const auto image = stage_.engine.daemon.image(history.one_shots.front().image_id);
    const auto& tag = image->tags.front();
    if (const auto wrong = data_.wrong_with(std::stoi(tag.substr(tag.find(':') + 1)));
        !wrong.empty())
      breach(wrong);
    for (const auto& c : stage_.engine.daemon.list(ContainerFilter{}))
      if (c.status == ContainerStatus::running && c.networks.size() == 1 &&
          is_fence("shop", c.networks.begin()->key()))
        breach(c.name + " is still fenced");
  }

  static Versions versions_of(const Release& release) {
    const auto version = [&](const char* service) {
      const auto& reference = release.services.at(service).image_ref;
      return std::stoi(reference.substr(reference.find(':') + 1));
    };
    return {version("db"), version("cache"), version("app"), version("web"), 0, false};
  }
  static bool same(const Versions& a, const Versions& b) { return a.wanted() == b.wanted(); }

  /// A migration that was done for an image is not run again, whatever container is left of it.
  [[nodiscard]] std::string expected(const std::string& containers) const {
    std::string kept;
    for (const auto& line : split(containers, '\n'))
      if (line.starts_with("shop-migrate-1 exited"))
        kept += data_.meddled ? "" : "shop-migrate-1 exited\n";
      else if (!line.empty())
        kept += line + "\n";
    return kept;
  }

  /// What a cut-off clean-up left of the generation before: the next deploy removes it.
  static std::string without_leftovers(const std::string& containers) {
    std::string kept;
    for (const auto& line : split(containers, '\n'))
      if (!line.empty() && line.find(".lf-was-") == std::string::npos) kept += line + "\n";
    return kept;
  }

  /// A one-shot that a release recorded never runs again for the same image.
  void check_one_shots(const History& history) {
    for (const auto& done : history.one_shots) {
      auto& runs = one_shot_runs_[done.image_id];
      const auto now = runs_of_migrate(done.image_id);
      if (!data_.meddled && runs != 0 && now != runs) breach("a one-shot that was done ran again");
      runs = now;
    }
  }

  [[nodiscard]] int runs_of_migrate(const std::string& image) const {
    int count = 0;
    for (const auto& run : stage_.engine.daemon.runs())
      count += run.image_id == image && run.name.starts_with("shop-migrate") ? 1 : 0;
    return count;
  }

  /// A quiet deploy of something that works must commit and leave no trace of what was before.
  void finish() {
    if (next_.broken())
      next_ = Versions{.routed = next_.routed, .reaches = next_.reaches, .admin = next_.admin};
    const auto project = Stage::project(next_.yaml());
    const auto report = stage_.deploy(project);
    if (report.state != DeploymentState::committed)
      return breach(fmt::format("a quiet deploy did not commit: {}\n{}",
                                report.error ? report.error->text : "", stage_.containers()));
    const auto now = stage_.containers();
    if (expected(now) != expected(next_.wanted())) breach("not wholly the new release:\n" + now);
    if (!data_.meddled && !cache_volume_.empty() && cache_volume_ != cache_volume())
      breach("the cache lost its anonymous volume");
    check_served("after a quiet deploy");
    check_routes("after a quiet deploy", next_);
    if (!side_shares()) breach("side does not share the network of the app that serves");
    check_one_shots(*stage_.clock.run(stage_.journal.history("shop")));
    check_data(*stage_.clock.run(stage_.journal.history("shop")));
    if (!stage_.plan(project).empty())
      breach("a second plan is not empty:\n" + plan_text(stage_.plan(project)));
  }

  [[nodiscard]] std::string cache_volume() const {
    const auto* cache = stage_.engine.daemon.find("shop-cache-1");
    if (cache == nullptr || cache->mounts.empty()) return {};
    return cache->mounts.front().name;
  }

  [[nodiscard]] bool side_shares() const {
    const auto* side = stage_.engine.daemon.find("shop-side-1");
    const auto* app = stage_.engine.daemon.find("shop-app-1");
    return side != nullptr && app != nullptr && side->joined == app->id &&
           side->joined_run == app->run;
  }

  void tell_end(const RunReport& r, const Versions& versions) {
    tell(fmt::format("deploy ended: {}{}", to_string(r.state),
                     r.error ? ": " + r.error->text : std::string()));
    if (r.state == DeploymentState::undone && !before_.empty() && stage_.containers() != before_ &&
        report_.faults.empty())
      breach("undone, but not wholly the old release:\n" + stage_.containers());
    if (r.state == DeploymentState::stuck) stuck_ = true;
    if (r.state != DeploymentState::committed) return;
    if (versions.broken()) breach("a deploy committed what cannot work");
    invariants_->keep_volumes();
    if (r.release) said_ = Said{*r.release, versions};
    cache_volume_ = cache_volume();
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
  bool guarded_;  // the deployer knows what the database keeps
  Stage stage_;
  ShopData data_{stage_};
  Clients clients_{stage_, own_edge("shop"), target_id("shop", "web", 80)};
  std::unique_ptr<Invariants> invariants_;
  Versions current_, next_, served_;
  struct Said {
    std::int64_t release;
    Versions versions;
  };
  std::optional<Said> said_;  // the newest that a deploy said it committed
  std::string before_, cache_volume_;
  std::map<std::string, int> one_shot_runs_;
  bool stuck_ = false;
  std::unique_ptr<TaskGroup> others_ = std::make_unique<TaskGroup>();
  bool settled_ = false;
  ScenarioReport report_;
};

}  // namespace

ScenarioReport run_scenario(std::uint64_t seed) {
  Scenario scenario(seed);
  try {
    return scenario.run();
  } catch (const std::exception& e) {
    return scenario.ended_by(e.what());
  }
}

}  // namespace landfast
