// SPDX-License-Identifier: Apache-2.0
// In this process and not by `cp`: a copy must end with us, also when we are killed.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "base/text.h"
#include "data/tree.h"

namespace landfast {
namespace {

constexpr std::size_t piece = std::size_t{8} << 20;  // between two looks at `dropped`

class Copier {
 public:
  Copier(int top, TreeWork& work) : top_(top), work_(work) {}
  Status folder(int from, int to, const std::string& path, int depth);

 private:
  Status entry(const TreeEntry& e, int to);
  Status contents(const TreeEntry& e, int to);
  Status data(int in, int out, const TreeEntry& e);
  Status range(int in, int out, off_t start, off_t end, const std::string& path);
  Status by_hand(int in, int out, off_t start, off_t end, const std::string& path);
  Status symbolic_link(const TreeEntry& e, int to);

  int top_;
  TreeWork& work_;
  bool clones_ = true;         // until the filesystem said no
  bool kernel_copies_ = true;  // likewise
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

/// Owner, mode, attributes and times, in the order in which none undoes another.
Status copy_facts(const TreeEntry& e, int to) {
  const auto& s = e.state;
  const bool link = S_ISLNK(s.st_mode);
  if (::fchownat(to, e.name.c_str(), s.st_uid, s.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    return fail(tree_error("set the owner of", e.path, errno));
  if (!link && ::fchmodat(to, e.name.c_str(), s.st_mode & 07777, 0) != 0)
    return fail(tree_error("set the mode of", e.path, errno));
  TRY(const auto names, attribute_names(e.folder, e.name));
  for (const auto& name : names) {
    TRY(const auto value, attribute(e.folder, e.name, name));
    if (::lsetxattr(entry_path(to, e.name).c_str(), name.c_str(), value.data(), value.size(), 0) !=
        0)
      return fail(tree_error("set the attributes of", e.path, errno));
  }
  const std::array times{s.st_atim, s.st_mtim};
  if (::utimensat(to, e.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    return fail(tree_error("set the times of", e.path, errno));
  return {};
}

Status Copier::by_hand(int in, int out, off_t start, off_t end, const std::string& path) {
  std::vector<char> buffer(std::size_t{1} << 20);
  while (start < end) {
    if (work_.dropped) return fail(dropped_error());
    const auto want = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - start));
    const auto got = ::pread(in, buffer.data(), want, start);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(tree_error("read", path, errno));
    if (got == 0) return fail(Code::invalid, fmt::format("{} shrank meanwhile", in_quotes(path)));
    for (ssize_t done = 0; done < got;) {
      const auto size =
          ::pwrite(out, buffer.data() + done, static_cast<std::size_t>(got - done), start + done);
      if (size < 0 && errno != EINTR) return fail(tree_error("write", path, errno));
      if (size > 0) done += size;
    }
    start += got;
    work_.bytes += static_cast<std::uint64_t>(got);
  }
  return {};
}

Status Copier::range(int in, int out, off_t start, off_t end, const std::string& path) {
  while (kernel_copies_ && start < end) {
    if (work_.dropped) return fail(dropped_error());
    off_t to = start;
    const auto want = std::min<std::size_t>(piece, static_cast<std::size_t>(end - start));
    const auto size = ::copy_file_range(in, &start, out, &to, want, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
      kernel_copies_ = false;
    else if (size < 0)
      return fail(tree_error("copy", path, errno));
    else if (size == 0)
      return fail(Code::invalid, fmt::format("{} shrank meanwhile", in_quotes(path)));
    else
      work_.bytes += static_cast<std::uint64_t>(size);
  }
  return by_hand(in, out, start, end, path);
}

/// The bytes of a regular file, its holes left out.
Status Copier::data(int in, int out, const TreeEntry& e) {
  const auto size = e.state.st_size;
  if (size == 0) return {};
  if (clones_ && ::ioctl(out, FICLONE, in) == 0) {
    work_.bytes += static_cast<std::uint64_t>(e.state.st_blocks) * 512;
    return {};
  }
  if (clones_ && errno != EINVAL) clones_ = false;  // EINVAL: this one file only
  if (::ftruncate(out, size) != 0) return fail(tree_error("write", e.path, errno));
  for (off_t at = 0; at < size;) {
    const auto start = ::lseek(in, at, SEEK_DATA);
    if (start < 0 && errno == ENXIO) return {};
    if (start < 0) return fail(tree_error("read", e.path, errno));
    const auto end = ::lseek(in, start, SEEK_HOLE);
    if (end < 0) return fail(tree_error("read", e.path, errno));
    TRY_VOID(range(in, out, start, std::min(end, size), e.path));
    at = end;
  }
  return {};
}

Status Copier::contents(const TreeEntry& e, int to) {
  OwnedFd in(::openat(e.folder, e.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME));
  if (!in && errno == EPERM)  // only the owner of a file may leave its access time alone
    in = OwnedFd(::openat(e.folder, e.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!in) return fail(tree_error("open", e.path, errno));
  const OwnedFd out(
      ::openat(to, e.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out) return fail(tree_error("create", e.path, errno));
  return data(in.get(), out.get(), e);
}

Status Copier::symbolic_link(const TreeEntry& e, int to) {
  std::string target(static_cast<std::size_t>(PATH_MAX), '\0');
  const auto size = ::readlinkat(e.folder, e.name.c_str(), target.data(), target.size());
  if (size < 0) return fail(tree_error("read", e.path, errno));
  target.resize(static_cast<std::size_t>(size));
  if (::symlinkat(target.c_str(), to, e.name.c_str()) != 0)
    return fail(tree_error("create", e.path, errno));
  return {};
}

Status Copier::entry(const TreeEntry& e, int to) {
  const auto& s = e.state;
  if (s.st_nlink > 1) {
    const auto [first, fresh] = linked_.emplace(std::pair(s.st_dev, s.st_ino), e.path);
    if (!fresh) {
      if (::linkat(top_, first->second.c_str(), to, e.name.c_str(), 0) != 0)
        return fail(tree_error("link", e.path, errno));
      return {};
    }
  }
  if (S_ISREG(s.st_mode)) {
    TRY_VOID(contents(e, to));
  } else if (S_ISLNK(s.st_mode)) {
    TRY_VOID(symbolic_link(e, to));
  } else if (::mknodat(to, e.name.c_str(), s.st_mode, s.st_rdev) != 0) {
    return fail(tree_error("create", e.path, errno));
  }
  return copy_facts(e, to);
}

Status Copier::folder(int from, int to, const std::string& path, int depth) {
  if (depth > deepest_tree)
    return fail(Code::invalid, fmt::format("{} has folders in folders more than {} deep",
                                           in_quotes(path), deepest_tree));
  struct stat own {};
  if (::fstat(from, &own) != 0) return fail(tree_error("look at", path, errno));
  TRY(const auto names, folder_names(from, UINT64_MAX));
  for (const auto& name : names) {
    if (work_.dropped) return fail(dropped_error());
    TreeEntry e{from, name, path + name, depth, {}};
    if (::fstatat(from, name.c_str(), &e.state, AT_SYMLINK_NOFOLLOW) != 0)
      return fail(tree_error("look at", e.path, errno));
    if (!S_ISDIR(e.state.st_mode)) {
      TRY_VOID(entry(e, to));
      continue;
    }
    if (e.state.st_dev != own.st_dev)
      return fail(Code::invalid,
                  fmt::format("another filesystem is mounted on {}", in_quotes(e.path)),
                  "unmount it, then try again");
    if (::mkdirat(to, name.c_str(), 0700) != 0) return fail(tree_error("create", e.path, errno));
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const OwnedFd inner(::openat(from, name.c_str(), flags));
    const OwnedFd copy(::openat(to, name.c_str(), flags));
    if (!inner || !copy) return fail(tree_error("open", e.path, errno));
    TRY_VOID(folder(inner.get(), copy.get(), e.path + "/", depth + 1));
    TRY_VOID(copy_facts(e, to));
  }
  return {};
}

}  // namespace

Status copy_tree(int from, int to, TreeWork& work) {
  Copier copier(to, work);
  TRY_VOID(copier.folder(from, to, {}, 1));
  TreeEntry top{from, ".", ".", 0, {}};
  if (::fstat(from, &top.state) != 0) return fail(tree_error("look at", ".", errno));
  TRY_VOID(copy_facts(top, to));
  if (::syncfs(to) != 0) return fail(tree_error("sync", "the copy", errno));
  return {};
}

}  // namespace landfast
