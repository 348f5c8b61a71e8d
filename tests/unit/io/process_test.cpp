// SPDX-License-Identifier: Apache-2.0
#include "io/process.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "io/spawn.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

using namespace std::chrono_literals;

Result<ProcessResult> run(ProcessRequest request) {
  Loop loop;
  return loop.run(run_process(loop, std::move(request)));
}

ProcessRequest shell(const std::string& script) {
  return ProcessRequest({"/bin/sh", "-c", script});
}

TEST_CASE("output, errors and exit code come back") {
  const auto done = run(shell("echo out; echo err >&2; exit 7"));
  REQUIRE(done);
  CHECK(done->exit_code == 7);
  CHECK(done->output == "out\n");
  CHECK(done->errors == "err\n");
  CHECK_FALSE(done->cut);
}

TEST_CASE("arguments are not a shell's: nothing is expanded") {
  const auto done = run(ProcessRequest({"printf", "%s", "$HOME; `id`"}));
  REQUIRE(done);
  CHECK(done->output == "$HOME; `id`");
}

TEST_CASE("input is given, large input too, and a child may leave it unread") {
  auto request = ProcessRequest({"wc", "-c"});
  request.input = std::string(1'000'000, 'x');
  CHECK(run(request)->output == "1000000\n");
  auto deaf = ProcessRequest({"true"});
  deaf.input = std::string(1'000'000, 'x');
  CHECK(run(deaf)->exit_code == 0);
  CHECK(run(ProcessRequest({"cat"}))->output.empty());
}

TEST_CASE("only the last bytes of long output are kept") {
  auto request = shell("printf 0123456789");
  request.output_limit = 4;
  const auto done = run(request);
  CHECK(done->output == "6789");
  CHECK(done->cut);
}

TEST_CASE("environment, folder and what on_output sees") {
  auto request = shell("echo $A; pwd");
  request.environment.emplace();
  (*request.environment)["A"] = "b c";
  request.working_dir = "/usr";
  std::string seen;
  request.on_output = [&](std::string_view bytes, bool errors) {
    CHECK_FALSE(errors);
    seen += bytes;
  };
  const auto done = run(request);
  CHECK(done->output == "b c\n/usr\n");
  CHECK(seen == done->output);
}

TEST_CASE("what cannot be started says why") {
  CHECK(run(ProcessRequest({"landfast-no-such-program"})).error().code == Code::not_found);
  CHECK(run(ProcessRequest({"/nonexistent/program"})).error().code == Code::not_found);
  CHECK(run(ProcessRequest({"/etc/passwd"})).error().code == Code::failed);
  auto nowhere = shell("true");
  nowhere.working_dir = "/nonexistent";
  CHECK(run(nowhere).error().text.find("/nonexistent") != std::string::npos);
  CHECK(run(ProcessRequest({})).error().code == Code::invalid);
}

TEST_CASE("a signal is 128 and its number, and ignored signals are not inherited") {
  CHECK(run(shell("kill -9 $$"))->exit_code == 137);
  CHECK(run(shell("kill -PIPE $$"))->exit_code == 141);
}

TEST_CASE("nothing but the three streams is inherited") {
  const int leaked = ::dup(1);  // without close-on-exec
  const auto done = run(shell("ls /proc/self/fd | wc -l"));
  ::close(leaked);
  CHECK(std::atoi(done->output.c_str()) == 4);  // and the folder that ls reads
}

TEST_CASE("a grandchild that holds the output does not hold us for ever") {
  const auto done = run(shell("sleep 1000 & echo started"));
  CHECK(done->output == "started\n");
}

Task<long> start_and_drop(Loop& loop) {
  long pid = 0;
  Signal told;
  auto request = shell("echo $$; sleep 1000");
  request.on_output = [&](std::string_view bytes, bool) {
    pid = std::atol(std::string(bytes).c_str());
    loop.post([&told] { told.set(); });
  };
  auto either = race(run_process(loop, std::move(request)), told.wait());
  (void)co_await either;
  // Reaped by the loop: from then on there is no such process.
  while (::kill(static_cast<pid_t>(pid), 0) == 0) co_await sleep_for(loop, 1ms);
  co_return pid;
}

TEST_CASE("a process is killed when nobody waits for it any more") {
  Loop loop;
  CHECK(loop.run(start_and_drop(loop)) > 1);
}

TEST_CASE("run_as changes the user") {
  if (::geteuid() != 0) return;
  auto request = shell("id -un; id -Gn");
  request.run_as = "nobody";
  CHECK(run(request)->output == "nobody\nnogroup\n");
  request.run_as = "landfast-nobody";
  CHECK(run(request).error().code == Code::not_found);
}

TEST_CASE("a detached program has a session of its own, is no child of ours, and sees our end") {
  const test::Scratch scratch;
  const auto fifo = scratch.path("said");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  ProcessRequest request({"/bin/sh", "-c",
                          "read -r word; read -r rest; cut -d' ' -f4,6 /proc/$$/stat > \"$0\"",
                          fifo});
  auto pipe = spawn_detached(request);
  REQUIRE(pipe);
  REQUIRE(::write(pipe->get(), "go\n", 3) == 3);
  pipe->reset();
  std::ifstream said(fifo);
  pid_t parent = 0, session = 0;
  said >> parent >> session;
  CHECK(session > 1);
  CHECK(session != ::getsid(0));
  CHECK(parent != ::getpid());
}

TEST_CASE("a detached program that is not there is an error") {
  const auto pipe = spawn_detached(ProcessRequest({"/nowhere/program"}));
  REQUIRE_FALSE(pipe);
  CHECK(pipe.error().code == Code::not_found);
}

}  // namespace
}  // namespace landfast
