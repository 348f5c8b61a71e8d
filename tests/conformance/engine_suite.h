// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/task.h"
#include "port/engine.h"

/// One suite of cases for every Engine. A program that runs it links the engine_suite_*.cpp cases
/// and defines `make_engine_world`.
namespace landfast::conformance {

/// An engine to test and the means to drive it.
class EngineWorld {
 public:
  virtual ~EngineWorld() = default;
  virtual Engine& engine() = 0;
  /// Runs the task to its end on this world's loop; rethrows its exception.
  virtual void drive(Task<void> task) = 0;
  /// Returns after that time of this world: the limit of an expectation, never a wait for luck.
  virtual Task<Done> sleep(std::chrono::nanoseconds duration) = 0;
  /// A reference of an image that has the programs below; it exposes port 8080.
  virtual std::string image() = 0;
  /// A new image with one tag, which nobody uses and the case may remove; returns the reference.
  virtual std::string disposable_image(const std::string& container) = 0;
  /// Unique among the cases that run on this engine at this time.
  virtual std::string prefix() = 0;

  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    drive(store(std::move(task), value));
    return std::move(*value);
  }

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& value) {
    value.emplace(co_await task);
  }
};

/// A fresh world, or nullptr where there is no engine to test here.
std::unique_ptr<EngineWorld> make_engine_world();

using Argv = std::vector<std::string>;
/// The programs that the cases run: every world's image has them.
namespace program {
inline const Argv obeys = {"sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"};
inline const Argv deaf = {"sleep", "1000000"};  // as process 1 it ignores SIGTERM
inline const Argv exits_3 = {"sh", "-c", "exit 3"};
inline const Argv exits_4_soon = {"sh", "-c", "sleep 0.2; exit 4"};
inline const Argv prints = {"sh", "-c", "echo one; echo two; echo three; echo oops >&2"};
inline const Argv prints_file = {"cat", "/tmp/given"};
}  // namespace program

/// A world with names of its own; removes on the way out what the case made.
class Bench {
 public:
  Bench();
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  [[nodiscard]] bool absent() const { return world_ == nullptr; }
  EngineWorld& world() { return *world_; }
  Engine& engine() { return world_->engine(); }
  /// `what` with the case's prefix; a name that the engine takes.
  [[nodiscard]] std::string name(const std::string& what) const { return project_ + "-" + what; }
  [[nodiscard]] const std::string& project() const { return project_; }

  /// A create body: image, argv, the project's label, no network unless `network` names one.
  boost::json::object body(const Argv& argv, const std::string& network = "none");
  /// Creates `name(what)` and returns its id.
  std::string create(const std::string& what, boost::json::object body);
  std::string create(const std::string& what, const Argv& argv) { return create(what, body(argv)); }
  /// Creates, starts, returns the id.
  std::string start(const std::string& what, const Argv& argv);
  std::string network(const std::string& what);
  Container inspect(const std::string& id);

  /// The value of a call that must succeed.
  template <class T>
  T ok(Task<Result<T>> task) {
    auto result = world_->run(std::move(task));
    if (!result) FAIL(result.error().text);
    return std::move(*result);
  }
  void ok(Task<Status> task) {
    const auto status = world_->run(std::move(task));
    if (!status) FAIL(status.error().text);
  }
  /// The error of a call that must fail.
  template <class T>
  Error bad(Task<Result<T>> task) {
    auto result = world_->run(std::move(task));
    REQUIRE_FALSE(result.has_value());
    return std::move(result).error();
  }

  using Enough = std::function<bool(const std::vector<EngineEvent>&)>;
  /// The project's container events from before `action` began until `enough` (30 s at most).
  std::vector<EngineEvent> watch(Task<Status> action, Enough enough);

 private:
  std::unique_ptr<EngineWorld> world_;
  std::string project_;
  std::vector<std::string> networks_;
};

/// The actions of container events, without those of exec; "die 3" carries the exit code.
[[nodiscard]] std::vector<std::string> actions(const std::vector<EngineEvent>& events);
[[nodiscard]] Bench::Enough seen(std::string action, int times = 1);

}  // namespace landfast::conformance

/// A case: `ENGINE_CASE("title") { … }` with `bench` and `engine`; skipped where there is no
/// engine.
#define ENGINE_CASE(title) ENGINE_CASE_NAMED(LF_CAT(engine_case_, __LINE__), title)
#define ENGINE_CASE_NAMED(body, title)                                   \
  static void body(landfast::conformance::Bench&, landfast::Engine&);    \
  TEST_CASE("engine: " title) {                                          \
    landfast::conformance::Bench bench;                                  \
    if (!bench.absent()) body(bench, bench.engine());                    \
    WARN_MESSAGE(!bench.absent(), "no engine here: not tested");         \
  }                                                                      \
  static void body([[maybe_unused]] landfast::conformance::Bench& bench, \
                   [[maybe_unused]] landfast::Engine& engine)
