// SPDX-License-Identifier: Apache-2.0
#include "app/sources.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace landfast;
namespace fs = std::filesystem;

namespace {

/// A folder that goes with the test.
struct Folder {
  Folder() {
    char name[] = "/tmp/landfast-sources-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string write(const std::string& name, const std::string& bytes) const {
    const auto file = path + "/" + name;
    fs::create_directories(fs::path(file).parent_path());
    std::ofstream(file) << bytes;
    return file;
  }
  std::string path;
};

}  // namespace

TEST_CASE("files are read up to their limit and not beyond") {
  const Folder folder;
  const auto file = folder.write("a", "12345");
  CHECK(DiskFiles(5).read(file).value() == "12345");
  CHECK(DiskFiles(4).read(file).error().code == Code::invalid);
}

TEST_CASE("what is no regular file is refused at once") {
  const Folder folder;
  const auto pipe = folder.path + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(DiskFiles(10).read(pipe).error().code == Code::invalid);
  CHECK(DiskFiles(10).read(folder.path).error().code == Code::invalid);
  CHECK(DiskFiles(10).read("/dev/zero").error().code == Code::invalid);
  CHECK(DiskFiles(10).read(folder.path + "/none").error().code == Code::not_found);
}

TEST_CASE("the commit that is checked out is read from .git") {
  const Folder folder;
  const DiskFiles files;
  const std::string commit(40, 'a');
  const auto inner = folder.path + "/deep/down";
  fs::create_directories(inner);
  CHECK(git_revision(inner, files).empty());
  (void)folder.write(".git/HEAD", "ref: refs/heads/main\n");
  CHECK(git_revision(inner, files).empty());
  (void)folder.write(".git/packed-refs", "# pack-refs\n" + std::string(40, 'b') +
                                             " refs/heads/other\n" + commit + " refs/heads/main\n");
  CHECK(git_revision(inner, files) == commit);
  (void)folder.write(".git/refs/heads/main", std::string(40, 'c') + "\n");
  CHECK(git_revision(inner, files) == std::string(40, 'c'));
  (void)folder.write(".git/HEAD", commit + "\n");
  CHECK(git_revision(inner, files) == commit);
}
