// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_host.h"

#include <doctest/doctest.h>

#include <vector>

#include "fake/simulated_clock.h"

using namespace landfast;

namespace {

Task<void> queue_up(FakeHost& host, SimulatedClock& clock, std::string name,
                    std::vector<std::string>& log) {
  auto held = co_await host.lock_when_free("blog", host.self(name));
  log.push_back(held ? name : "failed");
  co_await clock.sleep(std::chrono::seconds(1));
}

}  // namespace

TEST_CASE("fake host: one holder at a time, the next when it is dropped") {
  SimulatedClock clock;
  FakeHost host(clock);
  auto held = host.lock("blog", host.self("deploy"));
  REQUIRE(held);
  CHECK(host.lock("blog", host.self("deploy")).error().code == Code::locked);
  CHECK(host.lock("shop", host.self("deploy")));
  std::vector<std::string> log;
  TaskGroup group;
  group.spawn(queue_up(host, clock, "one", log));
  group.spawn(queue_up(host, clock, "two", log));
  CHECK(log.empty());
  held->reset();
  CHECK(log.empty());
  clock.advance(std::chrono::nanoseconds(0));
  CHECK(log == std::vector<std::string>{"one"});
  CHECK(clock.run(group));
  CHECK(log == std::vector<std::string>{"one", "two"});
  CHECK(host.lock("blog", host.self("deploy")));
}

TEST_CASE("fake host: ports are named when asked") {
  SimulatedClock clock;
  FakeHost host(clock);
  host.ports.push_back({"", 80, "tcp", "process nginx (pid 7)", ""});
  auto ports = host.listening_ports().value();
  CHECK(ports.at(0).holder.empty());
  host.name_holders(ports);
  CHECK(ports.at(0).holder == "process nginx (pid 7)");
}

TEST_CASE("fake host: a watcher that nobody dismissed tells of its stack") {
  SimulatedClock clock;
  FakeHost host(clock);
  std::vector<std::string> orphaned;
  host.on_orphaned([&](const std::string& stack) { orphaned.push_back(stack); });
  host.start_watcher("blog").value()->dismiss();
  CHECK(orphaned.empty());
  host.start_watcher("shop").value().reset();
  CHECK(orphaned == std::vector<std::string>{"shop"});
}

TEST_CASE("fake host: only a watcher's hold ends by itself") {
  SimulatedClock clock;
  FakeHost host(clock);
  auto held = host.lock("blog", host.self(watcher_name));
  CHECK(host.lock("blog", host.self("deploy")).error().retryable);
  held->reset();
  held = host.lock("blog", host.self("deploy"));
  CHECK_FALSE(host.lock("blog", host.self("deploy")).error().retryable);
}
