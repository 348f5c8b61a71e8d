// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/tar_read.h"
#include "base/text.h"
#include "edge/site_files.h"

namespace landfast {
namespace {

constexpr std::size_t most_members = 100'000;
constexpr std::size_t longest_path = 4096;

tl::unexpected<Error> refuse(const std::string& path, std::string_view why) {
  return fail(Code::invalid, fmt::format("{} {}", in_quotes(path), why));
}

bool is_plain(std::string_view path) {
  const auto whole = fmt::format("/{}/", path);
  return !path.empty() && path.size() <= longest_path && path.find('\0') == path.npos &&
         whole.find("//") == whole.npos && whole.find("/./") == whole.npos &&
         whole.find("/../") == whole.npos;
}

class Reader {
 public:
  Status take(const TarEntry& entry) {
    if (!is_plain(entry.path)) return refuse(entry.path, "is no path within the folder");
    if (members.empty()) return begin(entry);
    if (members.size() > most_members)
      return fail(Code::invalid, fmt::format("it has more than {} files", most_members));
    SiteMember member{"", entry.type, entry.link, entry.content};
    TRY(member.path, within(entry.path));
    if (entry.type == '1') {
      TRY(member.link, within(entry.link));
    } else if (entry.type == '2') {
      if (entry.link.empty() || entry.link.starts_with('/') || entry.link.size() > longest_path)
        return refuse(entry.path, "is a link that leads out of the folder");
    } else if (entry.type != '0' && entry.type != '5') {
      return refuse(entry.path, "is neither a file nor a folder");
    }
    members.push_back(std::move(member));
    return {};
  }
  std::vector<SiteMember> members;

 private:
  Status begin(const TarEntry& entry) {
    if (entry.type != '5' || entry.path.find('/') != entry.path.npos)
      return refuse(entry.path, "is no folder");
    root_ = entry.path + "/";
    members.push_back({"", '5', "", {}});
    return {};
  }

  [[nodiscard]] Result<std::string> within(const std::string& path) const {
    if (!path.starts_with(root_) || !is_plain(path))
      return refuse(path, "is no path within the folder");
    return path.substr(root_.size());
  }

  std::string root_;
};

}  // namespace

Result<std::vector<SiteMember>> site_members(std::string_view tar) {
  Reader reader;
  TRY_VOID(each_member(tar, [&](const TarEntry& entry) { return reader.take(entry); }));
  if (reader.members.empty()) return fail(Code::corrupt, "the archive is empty");
  return std::move(reader.members);
}

}  // namespace landfast
