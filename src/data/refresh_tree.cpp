// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "data/copier.h"

namespace landfast {
namespace {

constexpr std::size_t piece = std::size_t{256} << 10;  // is compared, and written as a whole

bool equal(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool before(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/// The size that its blocks would have without holes is not there.
bool has_holes(const struct stat& state) {
  return static_cast<std::int64_t>(state.st_blocks) * 512 < state.st_size;
}

class Refresher {
 public:
  Refresher(int top, const SeenTree& seen, TreeWork& work)
      : seen_(seen), work_(work), copier_(top, work) {}

  Status folder(int from, int to, const std::string& path, int depth);
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  Status vanished(int to, const std::vector<std::string>& names);
  Status entry(const TreeEntry& e, int to);
  Status replace(const TreeEntry& e, int to);
  Status inner_folder(const TreeEntry& e, const struct stat& above, int to);
  Status update(const TreeEntry& e, int to);
  Status differing_pieces(int in, int out, const TreeEntry& e);
  [[nodiscard]] bool is_unchanged(const TreeEntry& e, const struct stat& copy) const;

  const SeenTree& seen_;
  TreeWork& work_;
  Copier copier_;
  std::uint64_t written_ = 0;
};

/// Attributes that the entry does not have any more; what it has, `copy_facts` sets.
Status drop_attributes(const TreeEntry& e, int to) {
  TRY(const auto wanted, attribute_names(e.folder, e.name));
  TRY(const auto there, attribute_names(to, e.name));
  for (const auto& name : there)
    if (!std::binary_search(wanted.begin(), wanted.end(), name) &&
        ::lremovexattr(entry_path(to, e.name).c_str(), name.c_str()) != 0)
      return fail(tree_error("remove the attributes of", e.path, errno));
  return {};
}

bool Refresher::is_unchanged(const TreeEntry& e, const struct stat& copy) const {
  const auto& s = e.state;
  const auto it = seen_.entries.find(e.path);
  if (it == seen_.entries.end() || s.st_nlink > 1) return false;
  const auto& then = it->second;
  const bool same = s.st_ino == then.inode && s.st_size == then.size &&
                    equal(s.st_mtim, then.modified) && equal(s.st_ctim, then.changed) &&
                    before(s.st_ctim, seen_.since);
  return same && copy.st_mode == s.st_mode && copy.st_size == s.st_size && copy.st_nlink == 1 &&
         equal(copy.st_mtim, s.st_mtim);
}

Status Refresher::vanished(int to, const std::vector<std::string>& names) {
  TRY(const auto copied, folder_names(to, UINT64_MAX));
  for (const auto& name : copied) {
    if (work_.dropped) return fail(dropped_error());
    if (!std::binary_search(names.begin(), names.end(), name))
      TRY_VOID(remove_entry(to, name, work_));
  }
  return {};
}

Status Refresher::differing_pieces(int in, int out, const TreeEntry& e) {
  std::vector<char> original(piece), copy(piece);
  for (off_t at = 0; at < e.state.st_size;) {
    if (work_.dropped) return fail(dropped_error());
    const auto got = ::pread(in, original.data(), piece, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(tree_error("read", e.path, errno));
    if (got == 0) return fail(Code::invalid, e.path + " shrank meanwhile");
    const auto size = static_cast<std::size_t>(got);
    const auto had = ::pread(out, copy.data(), size, at);
    if (had != got || std::memcmp(original.data(), copy.data(), size) != 0) {
      for (std::size_t done = 0; done < size;) {
        const auto wrote =
            ::pwrite(out, original.data() + done, size - done, at + static_cast<off_t>(done));
        if (wrote < 0 && errno != EINTR) return fail(tree_error("write", e.path, errno));
        if (wrote > 0) done += static_cast<std::size_t>(wrote);
      }
      written_ += size;
    }
    at += got;
    work_.bytes += size;
  }
  return {};
}

/// A large file of which a part has changed: reading it twice is less than writing it once.
Status Refresher::update(const TreeEntry& e, int to) {
  {
    const OwnedFd in = open_source(e.folder, e.name);
    const OwnedFd out(::openat(to, e.name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!in || !out) return fail(tree_error("open", e.path, errno));
    TRY_VOID(differing_pieces(in.get(), out.get(), e));
    if (::ftruncate(out.get(), e.state.st_size) != 0)
      return fail(tree_error("write", e.path, errno));
  }
  TRY_VOID(drop_attributes(e, to));
  return copy_facts(e, to);
}

Status Refresher::replace(const TreeEntry& e, int to) {
  TRY_VOID(remove_entry(to, e.name, work_));
  const std::uint64_t before_it = work_.bytes;
  TRY_VOID(copier_.entry(e, to));
  written_ += work_.bytes - before_it;
  return {};
}

Status Refresher::entry(const TreeEntry& e, int to) {
  struct stat copy {};
  if (::fstatat(to, e.name.c_str(), &copy, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) return fail(tree_error("look at", e.path, errno));
    return replace(e, to);
  }
  if (is_unchanged(e, copy)) {
    work_.bytes += static_cast<std::uint64_t>(e.state.st_blocks) * 512;
    return {};
  }
  const bool may_update = S_ISREG(e.state.st_mode) && S_ISREG(copy.st_mode) &&
                          e.state.st_nlink == 1 && copy.st_nlink == 1 && !has_holes(e.state) &&
                          !has_holes(copy);
  return may_update ? update(e, to) : replace(e, to);
}

Status Refresher::inner_folder(const TreeEntry& e, const struct stat& above, int to) {
  TRY_VOID(check_same_filesystem(e, above));
  struct stat copy {};
  const bool there = ::fstatat(to, e.name.c_str(), &copy, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && !S_ISDIR(copy.st_mode)) TRY_VOID(remove_entry(to, e.name, work_));
  if (!(there && S_ISDIR(copy.st_mode)) && ::mkdirat(to, e.name.c_str(), 0700) != 0)
    return fail(tree_error("create", e.path, errno));
  {
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const OwnedFd from(::openat(e.folder, e.name.c_str(), flags));
    const OwnedFd into(::openat(to, e.name.c_str(), flags));
    if (!from || !into) return fail(tree_error("open", e.path, errno));
    TRY_VOID(folder(from.get(), into.get(), e.path + "/", e.depth + 1));
  }
  TRY_VOID(drop_attributes(e, to));
  return copy_facts(e, to);
}

Status Refresher::folder(int from, int to, const std::string& path, int depth) {
  TRY_VOID(check_depth(path, depth));
  struct stat own {};
  if (::fstat(from, &own) != 0) return fail(tree_error("look at", path, errno));
  TRY(const auto names, folder_names(from, UINT64_MAX));
  TRY_VOID(vanished(to, names));
  for (const auto& name : names) {
    if (work_.dropped) return fail(dropped_error());
    TreeEntry e{from, name, path + name, depth, {}};
    if (::fstatat(from, name.c_str(), &e.state, AT_SYMLINK_NOFOLLOW) != 0)
      return fail(tree_error("look at", e.path, errno));
    if (S_ISDIR(e.state.st_mode))
      TRY_VOID(inner_folder(e, own, to));
    else
      TRY_VOID(entry(e, to));
  }
  return {};
}

}  // namespace

Result<std::uint64_t> refresh_tree(int from, int to, const SeenTree& seen, TreeWork& work) {
  Refresher refresher(to, seen, work);
  TRY_VOID(refresher.folder(from, to, {}, 1));
  const TreeEntry top{from, ".", ".", 0, {}};
  TRY_VOID(drop_attributes(top, to));
  TRY_VOID(copy_top_facts(from, to));
  TRY_VOID(sync_tree(to));
  return refresher.written();
}

}  // namespace landfast
