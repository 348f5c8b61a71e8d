// SPDX-License-Identifier: Apache-2.0
#include "data/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::size_t most_attribute_bytes = std::size_t{64} << 10;  // the kernel's own limit

struct Walker {
  const TreeBounds& bounds;
  const TreeWork& work;
  const std::function<Status(const TreeEntry&)>& visit;
  dev_t device = 0;
  std::uint64_t seen = 0;
  TreeWalk walk;

  Status entries(int folder, const std::string& path, int depth);
  Status descend(const TreeEntry& entry);
};

Status Walker::descend(const TreeEntry& entry) {
  if (entry.depth >= bounds.depth) {
    if (bounds.refuse_deeper)
      return fail(Code::invalid, fmt::format("{} has folders in folders more than {} deep",
                                             in_quotes(entry.path), bounds.depth));
    walk.cut = true;
    return {};
  }
  const OwnedFd inner(
      ::openat(entry.folder, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!inner && errno == ENOENT) return {};
  if (!inner) return fail(tree_error("open", entry.path, errno));
  return entries(inner.get(), entry.path + "/", entry.depth + 1);
}

Status Walker::entries(int folder, const std::string& path, int depth) {
  TRY(const auto names, folder_names(folder, bounds.entries - seen + 1));
  std::vector<TreeEntry> folders;
  for (const auto& name : names) {
    if (work.dropped) return fail(dropped_error());
    if (seen >= bounds.entries) {
      walk.cut = true;
      break;
    }
    TreeEntry entry{folder, name, path + name, depth, {}};
    if (::fstatat(folder, name.c_str(), &entry.state, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return fail(tree_error("look at", entry.path, errno));
    }
    ++seen;
    if (S_ISDIR(entry.state.st_mode))
      folders.push_back(std::move(entry));
    else
      TRY_VOID(visit(entry));
  }
  for (const auto& entry : folders) {
    if (entry.state.st_dev != device) {
      walk.other_filesystem = entry.path;
      continue;
    }
    TRY_VOID(visit(entry));
    TRY_VOID(descend(entry));
  }
  return {};
}

}  // namespace

Error tree_error(const char* verb, const std::string& path, int number) {
  const auto code = number == ENOENT ? Code::not_found : Code::failed;
  auto error =
      fail(code, fmt::format("cannot {} {}: {}", verb, in_quotes(path), std::strerror(number)));
  if (number == ENOSPC || number == EDQUOT)
    error.value().hint = "make room on that filesystem, then try again";
  return std::move(error.value());
}

Error dropped_error() {
  Error error;
  error.code = Code::cancelled;
  error.text = "the work was given up";
  return error;
}

Result<OwnedFd> open_folder(const std::string& path) {
  OwnedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd) return fd;
  const int number = errno;
  if (number == ENOENT) return fail(Code::not_found, fmt::format("there is no folder {}", path));
  if (number == ENOTDIR || number == ELOOP)
    return fail(Code::invalid, fmt::format("{} is not a folder", path));
  return fail(tree_error("open", path, number));
}

Result<std::vector<std::string>> folder_names(int folder, std::uint64_t limit) {
  // A descriptor of its own: the position in a folder belongs to the open file.
  const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* list = again < 0 ? nullptr : ::fdopendir(again);
  if (list == nullptr) {
    const int number = errno;
    if (again >= 0) ::close(again);
    return fail(tree_error("read", "the folder", number));
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> closing(list, &::closedir);
  std::vector<std::string> names;
  while (names.size() < limit) {
    errno = 0;
    const auto* entry = ::readdir(list);
    if (entry == nullptr && errno != 0) return fail(tree_error("read", "the folder", errno));
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  // A folder that changes while it is read may show a name twice.
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<TreeWalk> walk_tree(int top, const TreeBounds& bounds, const TreeWork& work,
                           const std::function<Status(const TreeEntry&)>& visit) {
  struct stat state {};
  if (::fstat(top, &state) != 0) return fail(tree_error("look at", ".", errno));
  Walker walker{bounds, work, visit, state.st_dev, 0, {}};
  TRY_VOID(walker.entries(top, {}, 1));
  return std::move(walker.walk);
}

Status remove_entry(int folder, const std::string& name, const TreeWork& work) {
  if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return fail(tree_error("remove", name, errno));
  {
    const OwnedFd inner(
        ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner) return fail(tree_error("remove", name, errno));
    struct stat own {
    }, state{};
    if (::fstat(folder, &own) != 0 || ::fstat(inner.get(), &state) != 0)
      return fail(tree_error("look at", name, errno));
    if (state.st_dev != own.st_dev)
      return fail(Code::invalid,
                  fmt::format("another filesystem is mounted on {}", in_quotes(name)),
                  "unmount it, then try again");
    TRY_VOID(empty_tree(inner.get(), work));
  }
  if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
    return fail(tree_error("remove", name, errno));
  return {};
}

Status empty_tree(int top, const TreeWork& work) {
  TRY(const auto names, folder_names(top, UINT64_MAX));
  for (const auto& name : names) {
    if (work.dropped) return fail(dropped_error());
    TRY_VOID(remove_entry(top, name, work));
  }
  return {};
}

std::string entry_path(int folder, const std::string& name) {
  return fmt::format("/proc/self/fd/{}/{}", folder, name);
}

Result<std::vector<std::string>> attribute_names(int folder, const std::string& name) {
  std::string list(most_attribute_bytes, '\0');
  const auto size = ::llistxattr(entry_path(folder, name).c_str(), list.data(), list.size());
  if (size < 0 && errno == EOPNOTSUPP) return std::vector<std::string>{};
  if (size < 0) return fail(tree_error("read the attributes of", name, errno));
  std::vector<std::string> names;
  for (std::size_t at = 0; at < static_cast<std::size_t>(size); at += names.back().size() + 1)
    names.emplace_back(list.c_str() + at);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> attribute(int folder, const std::string& name, const std::string& which) {
  std::string value(most_attribute_bytes, '\0');
  const auto size =
      ::lgetxattr(entry_path(folder, name).c_str(), which.c_str(), value.data(), value.size());
  if (size < 0) return fail(tree_error("read the attributes of", name, errno));
  value.resize(static_cast<std::size_t>(size));
  return value;
}

}  // namespace landfast
