// SPDX-License-Identifier: Apache-2.0
#include "data/tree_digest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <map>
#include <utility>

#include "base/digest.h"
#include "base/text.h"

namespace landfast {
namespace {

bool same_moment(const struct stat& a, const struct stat& b) {
  const auto same = [](const timespec& x, const timespec& y) {
    return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
  };
  return a.st_size == b.st_size && same(a.st_mtim, b.st_mtim) && same(a.st_ctim, b.st_ctim);
}

Result<std::string> file_digest(const TreeEntry& e, const TreeWork& work) {
  OwnedFd fd(::openat(e.folder, e.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME));
  if (!fd && errno == EPERM)
    fd = OwnedFd(::openat(e.folder, e.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail(tree_error("open", e.path, errno));
  Sha256 sum;
  std::string buffer(std::size_t{1} << 20, '\0');
  while (true) {
    if (work.dropped) return fail(dropped_error());
    const auto size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(tree_error("read", e.path, errno));
    if (size == 0) break;
    sum.add(std::string_view(buffer).substr(0, static_cast<std::size_t>(size)));
  }
  struct stat after {};
  if (::fstat(fd.get(), &after) != 0) return fail(tree_error("look at", e.path, errno));
  if (!same_moment(e.state, after))
    return fail(Code::invalid, fmt::format("{} changed while it was read", in_quotes(e.path)));
  return sum.hex();
}

Result<std::string> link_target(const TreeEntry& e) {
  std::string target(static_cast<std::size_t>(PATH_MAX), '\0');
  const auto size = ::readlinkat(e.folder, e.name.c_str(), target.data(), target.size());
  if (size < 0) return fail(tree_error("read", e.path, errno));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

class Digester {
 public:
  explicit Digester(const TreeWork& work) : work_(work) {}

  Status add(const TreeEntry& e) {
    const auto& s = e.state;
    field(e.path);
    field(fmt::format("{:o} {} {} {}", s.st_mode, s.st_uid, s.st_gid,
                      S_ISBLK(s.st_mode) || S_ISCHR(s.st_mode) ? s.st_rdev : 0));
    if (!S_ISDIR(s.st_mode) && s.st_nlink > 1) {
      const auto [first, fresh] = linked_.emplace(std::pair(s.st_dev, s.st_ino), e.path);
      field(first->second);
      if (!fresh) return count(e, false);
    }
    if (S_ISREG(s.st_mode)) {
      TRY(const auto content, file_digest(e, work_));
      field(content);
    } else if (S_ISLNK(s.st_mode)) {
      TRY(const auto target, link_target(e));
      field(target);
    }
    TRY_VOID(attributes(e));
    return count(e, S_ISREG(s.st_mode));
  }

  TreeDigest end() {
    digest_.sha256 = sum_.hex();
    return digest_;
  }

 private:
  /// Each text with its length before it, so that no two lists of texts look the same.
  void field(const std::string& text) {
    sum_.add(fmt::format("{}:", text.size()));
    sum_.add(text);
  }
  Status attributes(const TreeEntry& e) {
    TRY(const auto names, attribute_names(e.folder, e.name));
    for (const auto& name : names) {
      TRY(const auto value, attribute(e.folder, e.name, name));
      field(name);
      field(value);
    }
    return {};
  }
  Status count(const TreeEntry& e, bool regular) {
    if (e.depth > 0) ++digest_.files;
    if (regular) digest_.bytes += static_cast<std::uint64_t>(e.state.st_size);
    return {};
  }

  const TreeWork& work_;
  Sha256 sum_;
  TreeDigest digest_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

}  // namespace

Result<TreeDigest> digest_tree(int top, const TreeWork& work) {
  Digester digester(work);
  TreeEntry own{top, ".", ".", 0, {}};
  if (::fstat(top, &own.state) != 0) return fail(tree_error("look at", ".", errno));
  TRY_VOID(digester.add(own));
  TRY(const auto walk,
      walk_tree(top, TreeBounds{}, work, [&](const TreeEntry& e) { return digester.add(e); }));
  if (!walk.other_filesystem.empty())
    return fail(Code::invalid, fmt::format("another filesystem is mounted on {}",
                                           in_quotes(walk.other_filesystem)));
  return digester.end();
}

}  // namespace landfast
