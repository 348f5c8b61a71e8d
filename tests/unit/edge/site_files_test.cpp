// SPDX-License-Identifier: Apache-2.0
#include "edge/site_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "fake/tar_members.h"
#include "io/file.h"
#include "unit/scratch.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;
using test::tar_end;
using test::tar_member;

const std::string site(64, 'a'), other(64, 'b');

std::string folder_of(const std::string& members) {
  return tar_member("app", "", '5') + members + tar_end();
}

struct Disk {
  Disk() { REQUIRE(files.prepare()); }
  [[nodiscard]] std::string at(const std::string& name) const {
    return files.data("site/" + site + "/" + name);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(files.data("site")))
      out.push_back(entry.path().filename());
    return out;
  }
  void point(const std::string& to) const {
    EdgeTarget target{"0123456789abcdef", "shop", "web", 0, 1};
    REQUIRE(files.prepare_target(target));
    REQUIRE(files.set_address(target.id, "a.1", to));
  }
  test::Scratch scratch;
  EdgeFiles files{scratch.path(), "landfast-edge"};
  SiteFiles sites{files};
};

TEST_CASE("a folder is kept as it is in the archive, and readable by the edge alone") {
  const Disk disk;
  REQUIRE(disk.sites.add(
      site,
      folder_of(tar_member("app/index.html", "1") + tar_member("app/a", "", '5') +
                tar_member("app/a/b.js", "2") + tar_member("app/c.js", "", '1', "app/a/b.js") +
                tar_member("app/d.js", "", '2', "a/../a/b.js"))));
  CHECK(disk.sites.has(site));
  CHECK(read_file(disk.at("index.html"), 9).value() == "1");
  CHECK(read_file(disk.at("c.js"), 9).value() == "2");
  CHECK(read_file(disk.at("d.js"), 9).value() == "2");
  struct stat found {};
  REQUIRE(::stat(disk.at("a/b.js").c_str(), &found) == 0);
  CHECK((found.st_mode & 0137) == 0);
  REQUIRE(disk.sites.add(site, folder_of(tar_member("app/index.html", "other"))));
  CHECK(read_file(disk.at("index.html"), 9).value() == "1");  // it was there
}

TEST_CASE("what is no folder of files is refused, and nothing of it stays") {
  const Disk disk;
  const auto refused = [&](const std::string& tar) {
    const auto added = disk.sites.add(site, tar);
    REQUIRE_FALSE(added);
    CHECK_MESSAGE(added.error().code == Code::invalid, added.error().text);
    CHECK_FALSE(disk.sites.has(site));
    CHECK_FALSE(fs::exists(disk.files.data("site/.new")));
    CHECK_FALSE(fs::exists(disk.scratch.path("escaped")));
  };
  refused(tar_member("app", "a file") + tar_end());
  refused(tar_member("app", "", '2', "current") + tar_end());
  refused(tar_member("app/index.html", "1") + tar_end());
  for (const auto* path : {"/etc/passwd", "app/../escaped", "other/x", "app/./x", "app//x", ".."})
    refused(folder_of(tar_member(path, "1")));
  for (const auto* link : {"/etc/passwd", "../../conf", "..", "missing"})
    refused(folder_of(tar_member("app/x", "", '2', link)));
  // Each within the folder by its text, and out of it by where it leads.
  refused(folder_of(tar_member("app/p", "", '5') + tar_member("app/p/up", "", '2', "..") +
                    tar_member("app/x", "", '2', "p/up/../..")));
  refused(folder_of(tar_member("app/x", "", '1', "/etc/passwd")));
  refused(folder_of(tar_member("app/x", "", '1', "app/../../x")));
  for (const char device : {'3', '4', '6'}) refused(folder_of(tar_member("app/x", "", device)));
}

TEST_CASE("nothing is written through a link") {
  const Disk disk;
  const auto out = disk.scratch.path("outside");
  fs::create_directory(out);
  const auto added =
      disk.sites.add(site, folder_of(tar_member("app/x", "", '2', "../../../../../outside") +
                                     tar_member("app/x/escaped", "1")));
  CHECK_FALSE(added);
  CHECK(fs::is_empty(out));
  CHECK_FALSE(disk.sites.has(site));
}

TEST_CASE("what the edge's process puts in the place of the folder leads nowhere") {
  const Disk disk;
  const auto out = disk.scratch.path("outside");
  fs::create_directory(out);
  fs::create_directory_symlink(out, disk.files.data("site"));
  CHECK_FALSE(disk.sites.add(site, folder_of(tar_member("app/index.html", "1"))));
  CHECK(fs::is_empty(out));
}

TEST_CASE("more files than are allowed are refused") {
  std::string members;
  members.reserve(100'002 * 512);
  const auto one = tar_member("app/x", "");
  for (int n = 0; n < 100'001; ++n) members += one;
  const auto read = site_members(folder_of(members));
  REQUIRE_FALSE(read);
  CHECK(read.error().text == "it has more than 100000 files");
}

TEST_CASE("what no slot points to goes, and so does what a killed call has left") {
  const Disk disk;
  const auto tar = folder_of(tar_member("app/index.html", "1"));
  REQUIRE(disk.sites.drop_unused());  // there is nothing yet
  REQUIRE(disk.sites.add(site, tar));
  REQUIRE(disk.sites.add(other, tar));
  fs::create_directories(disk.files.data("site/.new/assets"));
  fs::create_directory(disk.files.data("site/.gone-" + std::string(64, 'c')));
  disk.point(site);
  REQUIRE(disk.sites.drop_unused());
  CHECK(disk.names() == std::vector<std::string>{site});
  // Killed between taking one out of the way and looking again, while a slot was pointed to it.
  fs::rename(disk.files.data("site/" + site), disk.files.data("site/.gone-" + site));
  REQUIRE(disk.sites.drop_unused());
  CHECK(disk.sites.has(site));
  CHECK(read_file(disk.at("index.html"), 9).value() == "1");
}

TEST_CASE("only 64 hex digits are the name of a site") {
  const Disk disk;
  const std::vector<std::string> names{"", "..", "a", std::string(63, 'a') + "/",
                                       std::string(64, 'g')};
  for (const auto& name : names) {
    CHECK_FALSE(is_site_name(name));
    CHECK_FALSE(disk.sites.has(name));
    CHECK(disk.sites.add(name, folder_of("")).error().code == Code::invalid);
  }
}

}  // namespace
}  // namespace landfast
