// SPDX-License-Identifier: Apache-2.0
#include "io/file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "unit/scratch.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

using test::Scratch;

TEST_CASE("what is written is read, with its mode, and no temporary file stays") {
  const Scratch folder;
  const std::string path = folder.path("a");
  REQUIRE(write_file(path, "one", 0600));
  REQUIRE(write_file(path, std::string(100'000, 'x'), 0444));
  CHECK(read_file(path, 100'000).value() == std::string(100'000, 'x'));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0444);
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("reading is bounded and says what it cannot read") {
  const Scratch folder;
  const std::string path = folder.path("a");
  REQUIRE(write_file(path, "12345", 0600));
  CHECK(read_file(path, 5).value() == "12345");
  CHECK(read_file(path, 4).error().code == Code::invalid);
  CHECK(read_file(folder.path(), 5).error().code == Code::invalid);
  CHECK(read_file(folder.path("none"), 5).error().code == Code::not_found);
  CHECK(read_file(path + "/below", 5).error().code == Code::not_found);
  REQUIRE(::mkfifo((folder.path("pipe").c_str()), 0600) == 0);
  CHECK(read_file(folder.path("pipe"), 5).error().code == Code::invalid);
}

TEST_CASE("links are followed or refused, and replaced rather than written through") {
  const Scratch folder;
  const std::string target = folder.path("target"), link = folder.path("link");
  REQUIRE(write_file(target, "kept", 0600));
  REQUIRE(::symlink(target.c_str(), link.c_str()) == 0);
  CHECK(read_file(link, 10).value() == "kept");
  CHECK(read_file(link, 10, Links::refuse).error().code == Code::invalid);
  REQUIRE(write_file(link, "new", 0600));
  CHECK(read_file(target, 10).value() == "kept");
  CHECK(read_file(link, 10, Links::refuse).value() == "new");
}

TEST_CASE("a file is created once; what has its name is left alone") {
  const Scratch folder;
  const std::string path = folder.path("a"), link = folder.path("link");
  REQUIRE(create_file(path, "first", 0644));
  CHECK(create_file(path, "second", 0644).error().code == Code::conflict);
  CHECK(read_file(path, 10).value() == "first");
  REQUIRE(::symlink("/nonexistent/b", link.c_str()) == 0);
  CHECK(create_file(link, "through", 0644).error().code == Code::conflict);
}

TEST_CASE("a folder that is not there") {
  CHECK(write_file("/nonexistent/a", "x", 0600).error().code == Code::not_found);
  CHECK_FALSE(sync_folder("/nonexistent"));
}

}  // namespace
}  // namespace landfast
