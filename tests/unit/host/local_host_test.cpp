// SPDX-License-Identifier: Apache-2.0
#include "host/local_host.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "host/durable_file.h"
#include "host/listening_ports.h"
#include "host/monotonic_clock.h"
#include "host/process_facts.h"
#include "io/loop.h"
#include "unit/scratch.h"

using namespace landfast;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(::lstat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

}  // namespace

TEST_CASE("local host: a reserve of the disk is set aside once and given back") {
  const test::Scratch scratch;
  Loop loop;
  LocalHost host(scratch.path(), loop);
  REQUIRE(host.reserve_disk());
  REQUIRE(host.reserve_disk());
  struct stat s {};
  REQUIRE(::lstat(scratch.path("reserve").c_str(), &s) == 0);
  CHECK(s.st_size == 4 << 20);
  CHECK(s.st_blocks * 512 >= s.st_size);
  CHECK((s.st_mode & 07777) == 0600);
  host.release_reserve();
  CHECK_FALSE(std::filesystem::exists(scratch.path("reserve")));
  LocalHost nowhere(scratch.path("absent"), loop);
  CHECK_FALSE(nowhere.reserve_disk());
}

TEST_CASE("sockets that listen, from the kernel's tables") {
  const std::string tcp =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "101 1 0\n"
      "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
      "102 1 0\n"
      "   2: 0100007F:0BB8 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 "
      "103 1 0\n"
      "broken line\n"
      "   3: 0100:0BB8 00000000:0000 0A 0:0 0:0 0 0 0 104 1 0\n";
  const auto four = listening_sockets(tcp, "tcp");
  REQUIRE(four.size() == 2);
  CHECK(four[0].port.host_ip == "127.0.0.1");
  CHECK(four[0].port.port == 3000);
  CHECK(four[0].port.protocol == "tcp");
  CHECK(four[0].inode == 101);
  CHECK(four[1].port.host_ip.empty());
  CHECK(four[1].port.port == 80);

  const std::string tcp6 =
      "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0:0 "
      "00:0 0 0 0 201 1\n"
      "   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 "
      "00:0 0 0 0 202 1\n"
      "   2: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 0:0 "
      "00:0 0 0 0 203 1\n";
  const auto six = listening_sockets(tcp6, "tcp");
  REQUIRE(six.size() == 3);
  CHECK(six[0].port.host_ip.empty());
  CHECK(six[1].port.host_ip == "::1");
  CHECK(six[2].port.host_ip == "127.0.0.1");

  const std::string udp =
      "  10: 00000000:0035 00000000:0000 07 0:0 00:0 0 0 0 301 2\n"
      "  11: 0100007F:C000 0100007F:0035 01 0:0 00:0 0 0 0 302 2\n";
  const auto bound = listening_sockets(udp, "udp");
  REQUIRE(bound.size() == 1);
  CHECK(bound[0].port.port == 53);
}

TEST_CASE("local host: a port of this process is seen, and its holder is named when asked") {
  const test::Scratch scratch;
  Loop loop;
  LocalHost host(scratch.path(), loop);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(fd, 1) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  auto ports = host.listening_ports().value();
  std::erase_if(ports, [&](const auto& p) { return p.port != ntohs(address.sin_port); });
  REQUIRE(ports.size() == 1);
  CHECK(ports[0].host_ip == "127.0.0.1");
  CHECK(ports[0].protocol == "tcp");
  CHECK(ports[0].holder.empty());
  host.name_holders(ports);
  CHECK(ports[0].holder ==
        "process " + process_name(::getpid()) + " (pid " + std::to_string(::getpid()) + ")");
  ::close(fd);
}

TEST_CASE("local host: disk and memory") {
  const test::Scratch scratch;
  Loop loop;
  LocalHost host(scratch.path(), loop);
  CHECK(host.free_disk("/").value() > 0);
  CHECK(host.free_disk(scratch.path("missing")).error().code == Code::not_found);
  CHECK(host.free_memory().value() > 1 << 20);
}

TEST_CASE("local host: a mounted file is whole, readable by all, in folders closed to others") {
  const test::Scratch scratch;
  Loop loop;
  LocalHost host(scratch.path(), loop);
  const std::string bytes("server {}\0\n", 11);
  const auto digest = sha256_hex(bytes);
  const auto path = host.keep_mounted_file("blog", digest, bytes).value();
  CHECK(path == scratch.path("mounted/blog/" + digest));
  CHECK(read_small_file(path, 100).value() == bytes);
  CHECK(mode_of(path) == 0444);
  CHECK(mode_of(scratch.path("mounted")) == 0700);
  CHECK(mode_of(scratch.path("mounted/blog")) == 0700);

  struct stat first {
  }, second{};
  REQUIRE(::stat(path.c_str(), &first) == 0);
  CHECK(host.keep_mounted_file("blog", digest, bytes));
  REQUIRE(::stat(path.c_str(), &second) == 0);
  CHECK(first.st_ino == second.st_ino);  // a container mounts this inode: it stays

  REQUIRE(::truncate(path.c_str(), 0) == 0);
  CHECK(host.keep_mounted_file("blog", digest, bytes));
  CHECK(read_small_file(path, 100).value() == bytes);
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path("mounted/blog")), {}) == 1);

  const std::string other(64, 'b');
  CHECK(host.keep_mounted_file("blog", other, bytes));
  CHECK(host.drop_mounted_files("blog", {other}));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(host.keep_mounted_file("blog", other, bytes).value().ends_with(other));
  CHECK(host.drop_mounted_files("blog", {}));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
  CHECK(host.drop_mounted_files("blog", {}));
  CHECK(host.drop_mounted_files("../x", {}).error().code == Code::invalid);
  CHECK(host.keep_mounted_file("../x", digest, bytes).error().code == Code::invalid);
  CHECK(host.keep_mounted_file("blog", "../../etc", bytes).error().code == Code::invalid);
  CHECK(host.keep_mounted_file("blog", "", bytes).error().code == Code::invalid);
}

TEST_CASE("a durable write leaves no file of its own behind when it fails") {
  const test::Scratch scratch;
  REQUIRE(::mkdir(scratch.path("taken").c_str(), 0700) == 0);
  std::ofstream(scratch.path("taken/x")) << "x";
  CHECK_FALSE(write_durably(scratch.path("taken"), "bytes", 0600));
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
  CHECK(write_durably(scratch.path("missing/file"), "bytes", 0600).error().code == Code::not_found);
}

TEST_CASE("facts of processes") {
  const auto tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
  CHECK(start_time_of(std::string("812 (land fast)") + tail) == "4711");
  CHECK(start_time_of(std::string("812 (a) b) (c)") + tail) == "4711");
  CHECK(start_time_of("812 (cut) S 1 2").empty());
  CHECK(start_time_of("").empty());
  CHECK(start_time(-1).empty());
  const std::string locks =
      "1: FLOCK  ADVISORY  WRITE 812 fe:01:1835037 0 EOF\n"
      "1: -> FLOCK  ADVISORY  WRITE 900 fe:01:1835037 0 EOF\n"
      "2: POSIX  ADVISORY  WRITE 813 fe:01:99 0 EOF\n";
  CHECK(flock_holder(locks, 1835037) == 812);
  CHECK_FALSE(flock_holder(locks, 99));
  CHECK_FALSE(flock_holder(locks, 183503));
}

TEST_CASE("the real clock") {
  using namespace std::chrono;
  CHECK(rfc3339_utc(system_clock::time_point{}) == "1970-01-01T00:00:00.000Z");
  CHECK(rfc3339_utc(system_clock::time_point{1'793'671'814'123ms}) == "2026-11-03T02:10:14.123Z");
  Loop loop;
  MonotonicClock clock(loop);
  const auto before = clock.now();
  loop.run(clock.sleep(3ms));
  CHECK(clock.now() - before >= 3ms);
  CHECK(clock.utc().ends_with("Z"));
}
