// SPDX-License-Identifier: Apache-2.0
#include "io/terminal.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>

namespace landfast {
namespace {

struct Pty {
  Pty() {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = 80;
    REQUIRE(::openpty(&outer, &inner, nullptr, nullptr, &size) == 0);
  }
  ~Pty() {
    ::close(outer);
    ::close(inner);
  }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;
  [[nodiscard]] bool echoes() const {
    termios now{};
    ::tcgetattr(inner, &now);
    return (now.c_lflag & ECHO) != 0;
  }
  [[nodiscard]] Terminal::Streams streams() const {
    Terminal::Streams all;
    all.input = all.output = all.errors = inner;
    return all;
  }
  int outer = -1, inner = -1;
};

Task<int> stop_at_signal(Loop& loop, const Pty& pty) {
  Terminal terminal(loop, pty.streams());
  terminal.raw();
  Signal came;
  int number = 0;
  terminal.on_signal([&](int n) {
    number = n;
    came.set();
  });
  CHECK_FALSE(pty.echoes());
  ::raise(SIGTERM);
  co_await came.wait();
  co_return number;
}

TEST_CASE("raw mode ends with the terminal, at a signal too") {
  const Pty pty;
  Loop loop;
  {
    Terminal terminal(loop, pty.streams());
    CHECK(terminal.interactive());
    CHECK(terminal.size()->rows == 24);
    CHECK(terminal.size()->columns == 80);
    CHECK(pty.echoes());
    terminal.raw();
    CHECK_FALSE(pty.echoes());
  }
  CHECK(pty.echoes());
  CHECK(loop.run(stop_at_signal(loop, pty)) == SIGTERM);
  CHECK(pty.echoes());
}

Task<std::string> read_once(Terminal& terminal) {
  const auto bytes = co_await terminal.read();
  co_return bytes ? *bytes : bytes.error().text;
}

TEST_CASE("keys come as typed; the shared description stays blocking") {
  const Pty pty;
  Loop loop;
  Terminal terminal(loop, pty.streams());
  terminal.raw();
  REQUIRE(::write(pty.outer, "\x03k", 2) == 2);
  CHECK(loop.run(read_once(terminal)) == "\x03k");
  CHECK((::fcntl(pty.inner, F_GETFL) & O_NONBLOCK) == 0);
  REQUIRE(terminal.write("shown", false));
  std::array<char, 16> shown{};
  CHECK(::read(pty.outer, shown.data(), shown.size()) == 5);
}

TEST_CASE("a pipe and a file are read to their end") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  Loop loop;
  Terminal::Streams streams;
  streams.input = ends[0];
  Terminal terminal(loop, streams);
  REQUIRE(::write(ends[1], "in", 2) == 2);
  CHECK(loop.run(read_once(terminal)) == "in");
  ::close(ends[1]);
  CHECK(loop.run(read_once(terminal)).empty());
  CHECK_FALSE(terminal.interactive());
  ::close(ends[0]);

  streams.input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  Terminal null(loop, streams);
  CHECK(loop.run(read_once(null)).empty());
  ::close(streams.input);
  streams.input = ::open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
  Terminal file(loop, streams);
  CHECK(loop.run(read_once(file)) == "test_io\n");
  CHECK(loop.run(read_once(file)).empty());
  ::close(streams.input);
}

Task<int> resized(Loop& loop, Terminal& terminal) {
  Signal came;
  terminal.on_resize([&] { came.set(); });
  ::raise(SIGWINCH);
  co_await came.wait();
  terminal.on_resize([] {});
  (void)loop;
  co_return 1;
}

TEST_CASE("a new size is told") {
  const Pty pty;
  Loop loop;
  Terminal terminal(loop, pty.streams());
  CHECK(loop.run(resized(loop, terminal)) == 1);
}

}  // namespace
}  // namespace landfast
