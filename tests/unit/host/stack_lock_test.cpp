// SPDX-License-Identifier: Apache-2.0
#include "host/stack_lock.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "host/local_host.h"
#include "host/process_facts.h"
#include "io/loop.h"
#include "unit/scratch.h"

using namespace landfast;

namespace {

LockOwner owner(const std::string& command = "deploy") {
  LockOwner me;
  me.pid = ::getpid();
  me.start_time = start_time(me.pid);
  me.boot_id = boot_id();
  me.user = "anna";
  me.command = command;
  me.since = "2026-11-03T02:10:14.123Z";
  return me;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("names of stacks that are safe as names of files") {
  for (const auto* good : {"blog", "a", "0", "my-app_2"}) CHECK(valid_stack_name(good));
  for (const auto* wrong : {"", "-a", "_a", "A", "a/b", "..", "a.b", "a b", "ä"})
    CHECK(valid_stack_name(wrong).error().code == Code::invalid);
  CHECK_FALSE(valid_stack_name(std::string(201, 'a')));
}

TEST_CASE("a held lock names its owner") {
  const test::Scratch scratch;
  auto held = take_stack_lock(scratch.path(), "blog", owner());
  REQUIRE(held);
  const auto second = take_stack_lock(scratch.path(), "blog", owner());
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::locked);
  CHECK(second.error().text == "stack blog is held: deploy by anna (pid " +
                                   std::to_string(::getpid()) + ") since 02:10:14 UTC");
  CHECK(take_stack_lock(scratch.path(), "shop", owner()));
  held->reset();
  CHECK(take_stack_lock(scratch.path(), "blog", owner()));
  CHECK(text_of(scratch.path("blog.lock")).empty());
}

TEST_CASE("a lock whose text is of a dead owner names the process that holds it") {
  const test::Scratch scratch;
  const auto path = scratch.path("blog.lock");
  auto dead = owner();
  SUBCASE("another start time: the pid was given again") { dead.start_time = "1"; }
  SUBCASE("another boot") { dead.boot_id = "an older one"; }
  std::ofstream(path) << owner_text(dead);
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(fd, LOCK_EX) == 0);
  const auto refused = take_stack_lock(scratch.path(), "blog", owner());
  ::close(fd);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text == "stack blog is held: process " + process_name(::getpid()) +
                                    " (pid " + std::to_string(::getpid()) + ")");
}

TEST_CASE("a watcher that has not written yet that it holds the lock is known by its arguments") {
  const test::Scratch scratch;
  const auto path = scratch.path("blog.lock");
  std::ofstream(scratch.path("watcher")) << "echo held\nread line\n";
  int in[2], out[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
    const bool ready = ::flock(fd, LOCK_EX) == 0 && ::dup2(in[0], 0) == 0 &&
                       ::dup2(out[1], 1) == 1 && ::chdir(scratch.path().c_str()) == 0;
    if (ready) ::execl("/bin/sh", "sh", "watcher", nullptr);
    ::_exit(1);
  }
  char first = 0;
  REQUIRE(::read(out[0], &first, 1) == 1);
  const auto refused = take_stack_lock(scratch.path(), "blog", owner());
  for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().retryable);
}

TEST_CASE("the kernel frees the lock of a killed process, and its text stays to tell of it") {
  const test::Scratch scratch;
  int ready[2];
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto held = take_stack_lock(scratch.path(), "blog", owner("deploy"));
    [[maybe_unused]] const auto told = ::write(ready[1], held ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  CHECK(take_stack_lock(scratch.path(), "blog", owner()).error().code == Code::locked);
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(owner_of(text_of(scratch.path("blog.lock")))->command == "deploy");
  CHECK(take_stack_lock(scratch.path(), "blog", owner()));
}

TEST_CASE("a lock file that was removed under its holder binds nobody: the next one is made anew") {
  const test::Scratch scratch;
  auto held = take_stack_lock(scratch.path(), "blog", owner());
  std::filesystem::remove(scratch.path("blog.lock"));
  auto second = take_stack_lock(scratch.path(), "blog", owner());
  CHECK(second);
  CHECK(std::filesystem::exists(scratch.path("blog.lock")));
}

TEST_CASE("owner text survives the way there and back, foreign text is no owner") {
  auto me = owner("de\"ploy\n");
  const auto back = owner_of(owner_text(me));
  REQUIRE(back);
  CHECK(back->pid == me.pid);
  CHECK(back->command == me.command);
  CHECK(back->since == me.since);
  for (const auto* text : {"", "{", "[]", "{}", R"({"pid":"1"})"}) CHECK_FALSE(owner_of(text));
  me.user = "an\x1b[31mna";
  CHECK(describe(me).find('\x1b') == std::string::npos);
}

namespace {

Task<void> queue_up(Loop& loop, std::string folder, std::string name,
                    std::vector<std::string>& log) {
  auto held = co_await wait_for_stack_lock(loop, std::move(folder), "blog", owner(name));
  log.push_back(held ? name : "failed");
}

Task<Done> two_in_a_queue(Loop& loop, std::string folder, std::vector<std::string>& log) {
  auto held = take_stack_lock(folder, "blog", owner());
  TaskGroup group;
  group.spawn(queue_up(loop, folder, "one", log));
  group.spawn(queue_up(loop, folder, "two", log));
  CHECK(log.empty());
  held->reset();
  co_await group.join();
  co_return Done{};
}

Task<Done> drop_one_that_waits(Loop& loop, std::string folder, std::vector<std::string>& log) {
  auto held = take_stack_lock(folder, "blog", owner());
  {
    TaskGroup dropped;
    dropped.spawn(queue_up(loop, folder, "dropped", log));
  }
  TaskGroup group;
  group.spawn(queue_up(loop, folder, "kept", log));
  held->reset();
  co_await group.join();
  co_return Done{};
}

}  // namespace

TEST_CASE("those who wait get it one after the other") {
  const test::Scratch scratch;
  Loop loop;
  std::vector<std::string> log;
  loop.run(two_in_a_queue(loop, scratch.path(), log));
  CHECK(log.size() == 2);
  CHECK(std::count(log.begin(), log.end(), "failed") == 0);
}

TEST_CASE("one that stops waiting does not keep the lock from the others") {
  const test::Scratch scratch;
  Loop loop;
  std::vector<std::string> log;
  loop.run(drop_one_that_waits(loop, scratch.path(), log));
  CHECK(log == std::vector<std::string>{"kept"});
}

TEST_CASE("local host: locks are below the state directory, named by this process") {
  const test::Scratch scratch;
  Loop loop;
  LocalHost host(scratch.path(), loop);
  const auto me = host.self("deploy");
  CHECK(me.pid == ::getpid());
  CHECK(me.start_time == start_time(::getpid()));
  CHECK(me.start_time.find_first_not_of("0123456789") == std::string::npos);
  CHECK(me.boot_id.size() == 36);
  CHECK_FALSE(me.user.empty());
  CHECK(me.since.size() == 24);
  auto held = host.lock("blog", me);
  REQUIRE(held);
  CHECK(std::filesystem::exists(scratch.path("locks/blog.lock")));
  CHECK(host.lock("../blog", me).error().code == Code::invalid);
  held->reset();
  CHECK(loop.run(host.lock_when_free("blog", me)));
}
