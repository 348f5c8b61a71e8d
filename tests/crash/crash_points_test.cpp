// SPDX-License-Identifier: Apache-2.0
#include "app/crash_points.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fake/fake_deployment_files.h"
#include "fake/fake_engine.h"
#include "fake/fake_volumes.h"
#include "fake/memory_journal.h"

using namespace std::chrono_literals;
using namespace landfast;

namespace {

struct Stage {
  SimulatedClock clock;
  FakeEngine real{clock};
  CrashPoints points;
  CrashPointEngine engine{real, points};

  explicit Stage(std::string at = {}, std::string log = {})
      : points(std::move(log), std::move(at)) {
    real.daemon.load("app:1", {});
  }
  boost::json::object body() const { return {{"Image", "app:1"}}; }
  std::string create(const std::string& name) {
    return clock.run(engine.create_container(name, body(), "")).value();
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a call passes a point before and after, named by the container, not by its id") {
  Stage stage;
  const auto id = stage.create("web");
  REQUIRE(stage.clock.run(stage.engine.start_container(id)));
  REQUIRE(stage.clock.run(stage.engine.rename_container(id, "web-2")));
  REQUIRE(stage.clock.run(stage.engine.stop_container(id, 1s)));
  CHECK(stage.points.passed() == Lines{"create_container web before", "create_container web after",
                                       "start_container web before", "start_container web after",
                                       "rename_container web before", "rename_container web after",
                                       "stop_container web-2 before",
                                       "stop_container web-2 after"});
}

TEST_CASE("repeated looks are one point, repeated changes are several") {
  Stage stage;
  const auto id = stage.create("web");
  for (int i = 0; i < 3; ++i) REQUIRE(stage.clock.run(stage.engine.container(id)));
  for (int i = 0; i < 2; ++i) REQUIRE(stage.clock.run(stage.engine.start_container(id)));
  CHECK(stage.points.passed() ==
        Lines{"create_container web before", "create_container web after", "container web before",
              "container web after", "start_container web before", "start_container web after",
              "start_container web#2 before", "start_container web#2 after"});
}

TEST_CASE("ids that were only seen in a list are known by name") {
  Stage stage;
  const auto id = stage.real.daemon.create("web", stage.body()).value();
  REQUIRE(stage.clock.run(stage.engine.containers({})));
  REQUIRE(stage.clock.run(stage.engine.remove_container(id, false, false)));
  CHECK(stage.points.passed().back() == "remove_container web after");
}

TEST_CASE("journal writes are points, reads are not") {
  SimulatedClock clock;
  MemoryJournal memory(clock);
  CrashPoints points("", "");
  CrashPointJournal journal(memory, points);
  REQUIRE(clock.run(journal.history("shop")));
  Deployment deployment;
  deployment.stack = "shop";
  const auto number = clock.run(journal.begin_deployment(deployment)).value();
  REQUIRE(clock.run(journal.set_state(number, DeploymentState::rolling)));
  CHECK(points.passed() == Lines{"begin_deployment shop before", "begin_deployment shop after",
                                 "set_state rolling before", "set_state rolling after"});
}

TEST_CASE("changes of a volume's data are points, looks are not") {
  SimulatedClock clock;
  FakeDaemon daemon(clock);
  FakeVolumes disk(clock, daemon);
  CrashPoints points("", "");
  CrashPointVolumes volumes(disk, points);
  const auto a = FakeVolumes::path_of("db");
  const auto b = FakeVolumes::path_of("db.lf-1");
  for (const auto& path : {a, b}) disk.add_folder(path);
  REQUIRE(volumes.identity(a));
  REQUIRE(clock.run(volumes.copy(a, b, nullptr)));
  REQUIRE(volumes.exchange(a, b));
  REQUIRE(volumes.exchange(a, b));
  REQUIRE(clock.run(volumes.empty(b)));
  CHECK(points.passed() == Lines{"copy db before", "copy db after", "exchange db before",
                                 "exchange db after", "exchange db#2 before", "exchange db#2 after",
                                 "empty db.lf-1 before", "empty db.lf-1 after"});
}

TEST_CASE("what is kept of a deployment passes points without its number") {
  FakeDeploymentFiles kept;
  CrashPoints points("", "");
  CrashPointFiles files(kept, points);
  REQUIRE(files.keep_inputs("shop", 7, "sealed"));
  REQUIRE(files.inputs("shop", 7));
  REQUIRE(files.keep_log(7, {"shop-app-1", "a line"}));
  REQUIRE(files.drop_inputs("shop", 7));
  CHECK(points.passed() == Lines{"keep_inputs shop before", "keep_inputs shop after",
                                 "keep_log shop-app-1 before", "keep_log shop-app-1 after",
                                 "drop_inputs shop before", "drop_inputs shop after"});
}

TEST_CASE("at its point the process is dead, and the log holds every point up to it") {
  const auto log = std::filesystem::temp_directory_path() /
                   ("landfast-crash-" + std::to_string(::getpid()) + ".log");
  std::filesystem::remove(log);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Stage stage("start_container web before", log.string());
    const auto id = stage.create("web");
    (void)stage.clock.run(stage.engine.start_container(id));
    std::_Exit(0);  // it came too far
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  std::ifstream file(log);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  CHECK(lines == Lines{"create_container web before", "create_container web after",
                       "start_container web before"});
  std::filesystem::remove(log);
}

TEST_CASE("without the variables there are no points") {
  CHECK(CrashPoints::from({{"HOME", "/root"}}) == nullptr);
  CHECK(CrashPoints::from({{"LANDFAST_CRASH_AT", "commit before"}}) != nullptr);
}
