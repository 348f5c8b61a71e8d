// SPDX-License-Identifier: Apache-2.0
#include "base/tar_read.h"

#include <doctest/doctest.h>

#include "base/ustar.h"
#include "fake/tar_members.h"

namespace landfast {
namespace {

std::string member(const std::string& path, const std::string& content) {
  const auto whole = ustar_of({path, content}).value();
  return whole.substr(0, whole.size() - 1024);
}
const std::string end(1024, '\0');

TEST_CASE("members of an archive come in order with their content") {
  const auto deep = std::string(90, 'a') + "/" + std::string(80, 'b');
  const auto members =
      read_tar(member("a/one", "1") + member(deep, std::string(513, 'x')) + member("c", "") + end)
          .value();
  REQUIRE(members.size() == 3);
  CHECK(members[0].path == "a/one");
  CHECK(members[0].content == "1");
  CHECK(members[1].path == deep);
  CHECK(members[1].content == std::string(513, 'x'));
  CHECK(members[2].content.empty());
  CHECK(read_tar(end).value().empty());
}

/// A header member of another type with this content, its sum put right.
std::string typed(char type, const std::string& content) {
  auto whole = member("name", content);
  whole[156] = type;
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(whole[i]);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  return whole.replace(148, 7, std::string(digits, 7));
}

TEST_CASE("names of pax and GNU replace the short ones, for one member") {
  const auto members = read_tar(typed('x', "11 mtime=1\n17 path=long/one\n") + member("s", "1") +
                                typed('L', std::string("gnu/long\0", 9)) + member("s", "2") +
                                member("s", "3") + typed('5', "") + end)
                           .value();
  REQUIRE(members.size() == 4);
  CHECK(members[0].path == "long/one");
  CHECK(members[1].path == "gnu/long");
  CHECK(members[2].path == "s");
  CHECK(members[3].folder);
}

TEST_CASE("links say where they lead, also by long names; a visitor can end the reading") {
  const auto tar = test::tar_member("a", "", '2', "b/c") +
                   typed('K', std::string("far/away\0", 9)) +
                   test::tar_member("d", "", '1', "near") + typed('x', "19 linkpath=by/pax\n") +
                   test::tar_member("e", "", '2', "near") + member("f", "1") + end;
  std::vector<std::string> seen;
  REQUIRE(each_member(tar, [&](const TarEntry& m) {
    seen.push_back(m.path + " " + m.type + " " + m.link + " " + std::string(m.content));
    return Status{};
  }));
  CHECK(seen == std::vector<std::string>{"a 2 b/c ", "d 1 far/away ", "e 2 by/pax ", "f 0  1"});
  int count = 0;
  const auto ended = each_member(tar, [&](const TarEntry&) -> Status {
    ++count;
    return fail(Code::invalid, "enough");
  });
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == Code::invalid);
  CHECK(count == 1);
}

TEST_CASE("what was cut off or changed anywhere in a header is corrupt") {
  const auto whole = member("a", std::string(600, 'x')) + end;
  for (const std::size_t size : {0, 100, 512, 1000, 1536})
    CHECK(read_tar(whole.substr(0, size)).error().code == Code::corrupt);
  for (std::size_t at = 0; at < 512; ++at) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto read = read_tar(changed);
    if (!read)
      CHECK(read.error().code == Code::corrupt);
    else
      CHECK((at == 154 || at == 155));  // what fills up the sum itself
  }
}

}  // namespace
}  // namespace landfast
