// SPDX-License-Identifier: Apache-2.0
#include "host/watcher_process.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "unit/scratch.h"

using namespace landfast;

namespace {

/// A watcher that writes its stack and what it reads into a FIFO.
struct Tell {
  Tell() { REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0); }
  [[nodiscard]] WatcherCommand command() const {
    return {{"/bin/sh", "-c", "{ pwd; printf '%s ' \"$1\" \"$A\"; cat; } > \"$0\"", fifo},
            {{"A", "b"}}};
  }
  [[nodiscard]] std::string said() const {
    std::stringstream text;
    text << std::ifstream(fifo).rdbuf();
    return text.str();
  }
  test::Scratch scratch;
  std::string fifo = scratch.path("said");
};

bool gone_after(std::string_view bytes) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::close(ends[1]);
  const bool gone = deployer_is_gone(ends[0]);
  ::close(ends[0]);
  return gone;
}

}  // namespace

TEST_CASE("a watcher knows its stack, little else, and that it is dismissed") {
  const Tell tell;
  auto watcher = start_watcher_process(tell.command(), "blog");
  REQUIRE(watcher);
  (*watcher)->dismiss();
  CHECK(tell.said() == "/\nblog b .");
}

TEST_CASE("a watcher sees that its deployer is gone") {
  const Tell tell;
  auto watcher = start_watcher_process(tell.command(), "blog");
  REQUIRE(watcher);
  watcher->reset();
  CHECK(tell.said() == "/\nblog b ");
}

TEST_CASE("without a command there is no watcher, and nothing goes wrong") {
  auto watcher = start_watcher_process({}, "blog");
  REQUIRE(watcher);
  (*watcher)->dismiss();
}

TEST_CASE("dismissed or gone") {
  CHECK_FALSE(gone_after("."));
  CHECK(gone_after(""));
}
