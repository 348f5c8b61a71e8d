// SPDX-License-Identifier: Apache-2.0
// In this process and not by `cp`: a copy must end with us, also when we are killed.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "data/copier.h"

namespace landfast {
namespace {

constexpr std::size_t piece = std::size_t{8} << 20;  // between two looks at `dropped`
constexpr std::size_t most_seen = 1'000'000;         // some 200 MB; what is above is copied again

/// Filesystems on which each change of a file sets its ctime, one through a mapping too.
bool shows_changes(int folder) {
  constexpr std::array<long, 4> known{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                      F2FS_SUPER_MAGIC};
  struct statfs filesystem {};
  return ::fstatfs(folder, &filesystem) == 0 &&
         std::find(known.begin(), known.end(), filesystem.f_type) != known.end();
}

bool before(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/// In a tree in use an entry may vanish, or become something else, between two calls.
bool is_gone(const Error& error, const TreeEntry& e) {
  if (error.code == Code::not_found) return true;
  struct stat now {};
  return ::fstatat(e.folder, e.name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0
             ? errno == ENOENT
             : now.st_ino != e.state.st_ino;
}

}  // namespace

/// In the order in which none undoes another.
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

Status Copier::shrank(const std::string& path) const {
  if (seen_ != nullptr) return {};
  return fail(Code::invalid, fmt::format("{} shrank meanwhile", in_quotes(path)));
}

Status Copier::by_hand(int in, int out, off_t start, off_t end, const std::string& path) {
  std::vector<char> buffer(std::size_t{1} << 20);
  while (start < end) {
    if (work_.dropped) return fail(dropped_error());
    const auto want = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - start));
    const auto got = ::pread(in, buffer.data(), want, start);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(tree_error("read", path, errno));
    if (got == 0) return shrank(path);
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
      return shrank(path);
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
    if (end < 0 && errno == ENXIO) return shrank(e.path);
    if (end < 0) return fail(tree_error("read", e.path, errno));
    TRY_VOID(range(in, out, start, std::min(end, size), e.path));
    at = end;
  }
  return {};
}

OwnedFd open_source(int folder, const std::string& name) {
  // O_NONBLOCK: in a tree in use a fifo may stand there by now.
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  OwnedFd in(::openat(folder, name.c_str(), flags | O_NOATIME));
  if (!in && errno == EPERM)  // only the owner of a file may leave its access time alone
    in = OwnedFd(::openat(folder, name.c_str(), flags));
  return in;
}

Status Copier::contents(const TreeEntry& e, int to) {
  const OwnedFd in = open_source(e.folder, e.name);
  if (!in) return fail(tree_error("open", e.path, errno));
  struct stat now {};
  if (::fstat(in.get(), &now) != 0) return fail(tree_error("look at", e.path, errno));
  if (now.st_ino != e.state.st_ino)
    return fail(Code::not_found, fmt::format("{} was replaced meanwhile", in_quotes(e.path)));
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

void Copier::note(const TreeEntry& e) {
  const auto& s = e.state;
  if (!before(s.st_ctim, seen_->since) || s.st_nlink > 1) return;
  if (seen_->entries.size() >= most_seen) return;
  seen_->entries[e.path] = {s.st_ino, s.st_size, s.st_mtim, s.st_ctim};
}

Status Copier::entry(const TreeEntry& e, int to) {
  auto done = made(e, to);
  if (seen_ == nullptr) return done;
  if (done) note(e);
  if (done || is_gone(done.error(), e)) return {};
  return done;
}

Status Copier::made(const TreeEntry& e, int to) {
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

Status check_depth(const std::string& path, int depth) {
  if (depth <= deepest_tree) return {};
  return fail(Code::invalid, fmt::format("{} has folders in folders more than {} deep",
                                         in_quotes(path), deepest_tree));
}

Status check_same_filesystem(const TreeEntry& e, const struct stat& above) {
  if (e.state.st_dev == above.st_dev) return {};
  return fail(Code::invalid, fmt::format("another filesystem is mounted on {}", in_quotes(e.path)),
              "unmount it, then try again");
}

Status Copier::inner_folder(const TreeEntry& e, const struct stat& above, int to) {
  TRY_VOID(check_same_filesystem(e, above));
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const OwnedFd inner(::openat(e.folder, e.name.c_str(), flags));
  if (!inner) return fail(tree_error("open", e.path, errno));
  if (::mkdirat(to, e.name.c_str(), 0700) != 0) return fail(tree_error("create", e.path, errno));
  const OwnedFd copy(::openat(to, e.name.c_str(), flags));
  if (!copy) return fail(tree_error("open", e.path, errno));
  TRY_VOID(folder(inner.get(), copy.get(), e.path + "/", e.depth + 1));
  return copy_facts(e, to);
}

Status Copier::folder(int from, int to, const std::string& path, int depth) {
  TRY_VOID(check_depth(path, depth));
  struct stat own {};
  if (::fstat(from, &own) != 0) return fail(tree_error("look at", path, errno));
  TRY(const auto names, folder_names(from, UINT64_MAX));
  for (const auto& name : names) {
    if (work_.dropped) return fail(dropped_error());
    TreeEntry e{from, name, path + name, depth, {}};
    if (::fstatat(from, name.c_str(), &e.state, AT_SYMLINK_NOFOLLOW) != 0) {
      if (seen_ != nullptr && errno == ENOENT) continue;
      return fail(tree_error("look at", e.path, errno));
    }
    if (!S_ISDIR(e.state.st_mode)) {
      TRY_VOID(entry(e, to));
      continue;
    }
    auto done = inner_folder(e, own, to);
    if (!done && (seen_ == nullptr || !is_gone(done.error(), e))) return done;
  }
  return {};
}

Status copy_top_facts(int from, int to) {
  TreeEntry top{from, ".", ".", 0, {}};
  if (::fstat(from, &top.state) != 0) return fail(tree_error("look at", ".", errno));
  return copy_facts(top, to);
}

Status sync_tree(int folder) {
  if (::syncfs(folder) != 0) return fail(tree_error("sync", "the copy", errno));
  return {};
}

Status copy_tree(int from, int to, TreeWork& work) {
  Copier copier(to, work);
  TRY_VOID(copier.folder(from, to, {}, 1));
  TRY_VOID(copy_top_facts(from, to));
  return sync_tree(to);
}

/// A change later than `since` sets a ctime of `since` or later, so an entry whose ctime is earlier
/// and the same at the second pass was the same all the while. Two kinds of change set it before
/// they are done. One through a mapping sets it when a clean page is first written to: syncfs makes
/// all pages clean. One by write() sets it when it begins: that holds the inode's lock, which
/// SEEK_DATA, a clone (ext4, btrfs, f2fs) or the read itself (XFS) waits for.
Result<SeenTree> copy_tree_in_use(int from, int to, TreeWork& work) {
  SeenTree seen;
  // The clock that the kernel takes ctimes from.
  if (shows_changes(from) && ::clock_gettime(CLOCK_REALTIME_COARSE, &seen.since) != 0)
    return fail(tree_error("read", "the clock", errno));
  TRY_VOID(sync_tree(from));
  Copier copier(to, work, &seen);
  TRY_VOID(copier.folder(from, to, {}, 1));
  TRY_VOID(sync_tree(to));
  return seen;
}

}  // namespace landfast
