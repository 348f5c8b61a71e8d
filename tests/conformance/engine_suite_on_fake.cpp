// SPDX-License-Identifier: Apache-2.0
// The suite on the fake engine, whose image behaves as the programs of the suite do.
#include <atomic>

#include "base/text.h"
#include "conformance/engine_suite.h"
#include "fake/fake_engine.h"

namespace landfast::conformance {
namespace {
using namespace std::chrono_literals;

constexpr auto reference = "landfast/fixture:1";

FakeImageBehaviour ends(std::chrono::nanoseconds after, int code) {
  FakeImageBehaviour b;
  b.exits_after = after;
  b.exit_code = code;
  return b;
}

FakeImage image_of_the_suite() {
  FakeImage image;
  image.config = {{"ExposedPorts", {{"8080/tcp", boost::json::object{}}}},
                  {"Env", boost::json::array{"PATH=/bin"}},
                  {"Cmd", boost::json::array{"serve"}}};
  auto& programs = image.by_command;
  auto& obeys = programs[join(program::obeys, " ")];
  obeys.stop_duration = 30ms;
  obeys.commands["sh -c exit 3"].exit_code = 3;
  obeys.commands["sh -c echo first; echo last"].output = "first\nlast\n";
  obeys.commands["/bin/sh -c exit 1"].exit_code = 1;
  programs[join(program::deaf, " ")].stop_duration = 1000000s;
  programs[join(program::exits_3, " ")] = ends(1ms, 3);
  programs["sh -c exit 0"] = ends(1ms, 0);
  programs[join(program::exits_4_soon, " ")] = ends(200ms, 4);
  auto& prints = programs[join(program::prints, " ")] = ends(1ms, 0);
  prints.log = {"one", "two", "three"};
  prints.errors = {"oops"};
  auto& early = programs["sh -c echo early; sleep 0.3; exit 4"] = ends(300ms, 4);
  early.log = {"early"};
  (programs[join(program::prints_file, " ")] = ends(1ms, 0)).log = {"hello"};
  return image;
}

class FakeWorld : public EngineWorld {
 public:
  FakeWorld() : engine_(clock_) { engine_.daemon.load(reference, image_of_the_suite()); }
  Engine& engine() override { return engine_; }
  void drive(Task<void> task) override {
    TaskGroup group;
    group.spawn(std::move(task));
    if (!clock_.run(group, 100'000)) FAIL("the task waits for something that never happens");
    clock_.run(finish(group));
  }
  Task<Done> sleep(std::chrono::nanoseconds duration) override { return clock_.sleep(duration); }
  std::string image() override { return reference; }
  std::string disposable_image(const std::string&) override {
    engine_.daemon.load("suite-disposable:1", image_of_the_suite());
    return "suite-disposable:1";
  }
  std::string prefix() override { return "suite"; }

 private:
  static Task<Done> finish(TaskGroup& group) {
    co_await group.join();  // rethrows
    co_return Done{};
  }
  SimulatedClock clock_;
  FakeEngine engine_;
};

}  // namespace

std::unique_ptr<EngineWorld> make_engine_world() { return std::make_unique<FakeWorld>(); }

}  // namespace landfast::conformance
