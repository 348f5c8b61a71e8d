// SPDX-License-Identifier: Apache-2.0
#include "io/tar.h"

#include <doctest/doctest.h>

#include "io/process.h"

namespace landfast {
namespace {

/// What GNU tar makes of an archive.
std::string listed(const std::string& archive) {
  Loop loop;
  ProcessRequest request({"tar", "--numeric-owner", "--utc", "-tvf", "-"});
  request.input = archive;
  const auto done = loop.run(run_process(loop, std::move(request)));
  REQUIRE(done);
  CHECK(done->errors.empty());
  return done->output;
}

TEST_CASE("files, folders and links as tar lists them") {
  TarEntry folder("etc", TarEntry::Kind::directory);
  folder.mode = 0755;
  TarEntry file("etc/motd");
  file.mode = 0640;
  file.uid = 1001;
  file.gid = 1002;
  file.mtime = 86400;
  TarEntry link("etc/link", TarEntry::Kind::symlink);
  link.link = "motd";
  link.mode = 0777;
  TarWriter writer;
  writer.add(folder).add(file, "hello\n").add(link);
  CHECK(listed(writer.finish()) ==
        "drwxr-xr-x 0/0               0 1970-01-01 00:00 etc/\n"
        "-rw-r----- 1001/1002         6 1970-01-02 00:00 etc/motd\n"
        "lrwxrwxrwx 0/0               0 1970-01-01 00:00 etc/link -> motd\n");
}

TEST_CASE("names of every length around the border survive") {
  for (std::size_t length = 97; length <= 104; ++length) {
    const std::string name(length, 'n');
    TarWriter writer;
    writer.add(TarEntry(name), "x");
    TarEntry link("link", TarEntry::Kind::symlink);
    link.link = name;
    writer.add(link);
    const auto text = listed(writer.finish());
    CHECK(text.find(" " + name + "\n") != std::string::npos);
    CHECK(text.find("link -> " + name + "\n") != std::string::npos);
  }
}

TEST_CASE("bytes survive at every size around a block") {
  for (const std::size_t size : {0u, 1u, 511u, 512u, 513u, 1024u}) {
    TarWriter writer;
    writer.add(TarEntry("a"), std::string(size, 'x')).add(TarEntry("b"), "end");
    const auto archive = writer.finish();
    CHECK(archive.size() % 512 == 0);
    Loop loop;
    ProcessRequest request({"tar", "-xOf", "-"});
    request.input = archive;
    CHECK(loop.run(run_process(loop, std::move(request)))->output ==
          std::string(size, 'x') + "end");
  }
}

TEST_CASE("large ids and sizes are in pax records") {
  TarEntry entry("big");
  entry.uid = 4'000'000'000;
  entry.size = 10'000'000'000;
  const auto header = tar_header(entry);
  CHECK(header.size() == 3 * 512);
  CHECK(header.find("20 size=10000000000\n") != std::string::npos);
  CHECK(header.find("18 uid=4000000000\n") != std::string::npos);
}

}  // namespace
}  // namespace landfast
