// SPDX-License-Identifier: Apache-2.0
#include "host/state_dir.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "unit/scratch.h"

using namespace landfast;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat s {};
  REQUIRE(::lstat(path.c_str(), &s) == 0);
  return s.st_mode & 07777;
}

}  // namespace

TEST_CASE("where the state is") {
  StateDirInputs in;
  in.home = "/home/anna";
  CHECK(state_dir_path(in).value() == "/var/lib/landfast");
  in.rootless = true;
  CHECK(state_dir_path(in).value() == "/home/anna/.local/state/landfast");
  in.xdg_state_home = "/home/anna/state";
  CHECK(state_dir_path(in).value() == "/home/anna/state/landfast");
  in.xdg_state_home = "relative";  // ignored, as the specification says
  CHECK(state_dir_path(in).value() == "/home/anna/.local/state/landfast");
  in.landfast_state_dir = "/srv/state/";
  CHECK(state_dir_path(in).value() == "/srv/state");
  for (const auto* wrong : {"state", "/srv/../etc", "/", "//"}) {
    in.landfast_state_dir = wrong;
    const auto path = state_dir_path(in);
    REQUIRE_FALSE(path);
    CHECK(path.error().code == Code::invalid);
    CHECK(path.error().text.find("LANDFAST_STATE_DIR") == 0);
  }
}

TEST_CASE("the state directory is made closed, and an open one is closed") {
  const test::Scratch scratch;
  const auto path = scratch.path("a/b/state");
  REQUIRE(prepare_state_dir(path));
  CHECK(mode_of(path) == 0700);
  REQUIRE(prepare_state_dir(path));
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  REQUIRE(prepare_state_dir(path));
  CHECK(mode_of(path) == 0700);
}

TEST_CASE("a state directory that others can write or replace is refused") {
  const test::Scratch scratch;
  const auto path = scratch.path("a/state");
  REQUIRE(prepare_state_dir(path));
  SUBCASE("writable by the group") {
    REQUIRE(::chmod(path.c_str(), 0770) == 0);
    const auto status = prepare_state_dir(path);
    REQUIRE_FALSE(status);
    CHECK(status.error().text == "other users can write the state directory " + path +
                                     " (mode 0770), so nothing in it can be trusted");
    CHECK(mode_of(path) == 0770);
  }
  SUBCASE("in a folder that everybody can write") {
    REQUIRE(::chmod(scratch.path("a").c_str(), 0777) == 0);
    const auto status = prepare_state_dir(path);
    REQUIRE_FALSE(status);
    CHECK(status.error().hint == "chmod o-w " + scratch.path("a"));
    REQUIRE(::chmod(scratch.path("a").c_str(), 01777) == 0);  // sticky, as /tmp
    CHECK(prepare_state_dir(path));
  }
  SUBCASE("a link or a file") {
    std::filesystem::create_directory_symlink(path, scratch.path("link"));
    std::ofstream(scratch.path("file")) << "x";
    CHECK(prepare_state_dir(scratch.path("link")).error().text ==
          "the state directory " + scratch.path("link") + " is not a directory");
    CHECK_FALSE(prepare_state_dir(scratch.path("file")));
  }
  SUBCASE("of another user") {
    if (::geteuid() != 0) return;  // only root can give a folder away
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    const auto status = prepare_state_dir(path);
    REQUIRE_FALSE(status);
    CHECK(status.error().text ==
          "the state directory " + path + " belongs to user id 65534, this is user id 0");
  }
}
