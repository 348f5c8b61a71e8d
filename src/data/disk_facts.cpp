// SPDX-License-Identifier: Apache-2.0
#include "data/disk_facts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <set>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::uint64_t most_entries_counted = 2'000'000;
constexpr std::uint64_t most_entries_listed = 4'000;
constexpr std::size_t most_heads = 500;
constexpr int looks_into_depth = 4;
constexpr std::size_t head_bytes = 32;
constexpr std::size_t rate_probe_bytes = std::size_t{64} << 20;

/// Filesystems whose RENAME_EXCHANGE is known to work; trying it out would leave names behind.
bool can_exchange_folders(long type) {
  constexpr std::array<long, 6> known{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                      F2FS_SUPER_MAGIC, TMPFS_MAGIC,     0x2fc12fc1 /* ZFS */};
  return std::find(known.begin(), known.end(), type) != known.end();
}

/// A file without a name: nothing is left of it, however we end.
OwnedFd nameless_file(int folder) {
  return OwnedFd(::openat(folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
}

bool has_reflinks(int folder) {
  const auto a = nameless_file(folder);
  const auto b = nameless_file(folder);
  if (!a || !b) return false;
  const std::array<char, 4096> block{'l', 'f'};
  if (::write(a.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()))
    return false;
  return ::ioctl(b.get(), FICLONE, a.get()) == 0;
}

bool has_options(const VolumeState& volume) {
  const auto* options = volume.raw.if_contains("Options");
  return options != nullptr && options->is_object() && !options->as_object().empty();
}

bool is_mount_point(int folder) {
  struct statx state {};
  if (::statx(folder, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &state) != 0) return true;
  return (state.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool same_device(int folder, const char* relative) {
  struct stat own {
  }, other{};
  return ::fstat(folder, &own) == 0 && ::fstatat(folder, relative, &other, 0) == 0 &&
         own.st_dev == other.st_dev;
}

std::string why_not_exchanged(int folder, const VolumeState& volume) {
  if (!volume.driver.empty() && volume.driver != "local")
    return fmt::format("its driver is {}, not local", printable(volume.driver));
  const bool is_bound = volume.name.empty() || !bound_folder(volume.raw).empty();
  if (!is_bound && has_options(volume))
    return "it was made with options of its driver (driver_opts)";
  if (::geteuid() != 0) return "only root may rename in the engine's folder";
  if (is_mount_point(folder)) return fmt::format("{} is a mount point", volume.mountpoint);
  // A volume's siblings stand two folders above its `_data`, a bind mount's beside it.
  const char* siblings = is_bound ? ".." : "../..";
  if (!same_device(folder, siblings))
    return fmt::format("{} is on another filesystem than its neighbours", volume.mountpoint);
  struct statfs filesystem {};
  if (::fstatfs(folder, &filesystem) != 0 || !can_exchange_folders(filesystem.f_type))
    return fmt::format("its filesystem (type {:#x}) is not known to exchange folders atomically",
                       filesystem.f_type);
  return {};
}

/// Whether the first bytes may tell something: known names, and what may be SQLite, whose files are
/// whole pages of 512 bytes or more.
bool is_candidate(const FoundFile& file) {
  const std::string_view path = file.path;
  const auto name = path.substr(path.rfind('/') + 1);
  return name == "PG_VERSION" || name.ends_with(".rdb") || name.starts_with("WiredTiger") ||
         (file.size > 0 && file.size % 512 == 0);
}

std::string head_of(int top, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOATIME;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  const OwnedFd fd(static_cast<int>(::syscall(SYS_openat2, top, path.c_str(), &how, sizeof how)));
  if (!fd) return {};
  std::array<char, head_bytes> head{};
  const auto size = ::pread(fd.get(), head.data(), head.size(), 0);
  return size > 0 ? std::string(head.data(), static_cast<std::size_t>(size)) : std::string{};
}

/// What the engine mounts for its containers cannot be seen while none of them runs.
bool is_hidden(int folder, const VolumeState& volume) {
  return has_options(volume) && bound_folder(volume.raw).empty() && !is_mount_point(folder);
}

}  // namespace

Result<VolumeFacts> disk_facts(int folder, const VolumeState& volume, const TreeWork& work) {
  VolumeFacts facts;
  struct stat own {};
  struct statvfs space {};
  if (::fstat(folder, &own) != 0 || ::fstatvfs(folder, &space) != 0)
    return fail(tree_error("look at", volume.mountpoint, errno));
  facts.path = volume.mountpoint;
  facts.identity = {own.st_dev, own.st_ino};
  facts.free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  facts.reflink = has_reflinks(folder);
  facts.cannot_exchange = why_not_exchanged(folder, volume);
  std::set<ino_t> linked;
  TreeBounds bounds;
  bounds.entries = most_entries_counted;
  const auto count = [&](const TreeEntry& e) -> Status {
    ++facts.files;
    const bool again =
        e.state.st_nlink > 1 && !S_ISDIR(e.state.st_mode) && !linked.insert(e.state.st_ino).second;
    if (!again) facts.bytes += static_cast<std::uint64_t>(e.state.st_blocks) * 512;
    return {};
  };
  TRY(const auto walk, walk_tree(folder, bounds, work, count));
  facts.cut = walk.cut || is_hidden(folder, volume);
  if (facts.cannot_exchange.empty() && !walk.other_filesystem.empty())
    facts.cannot_exchange =
        fmt::format("another filesystem is mounted in it, on {}", printable(walk.other_filesystem));
  return facts;
}

Result<VolumeContent> look_into(int folder, const VolumeState& volume, const TreeWork& work) {
  VolumeContent content;
  TreeBounds bounds;
  bounds.entries = most_entries_listed;
  bounds.depth = looks_into_depth;
  bounds.refuse_deeper = false;
  std::vector<std::pair<int, FoundFile>> found;
  const auto note = [&](const TreeEntry& e) -> Status {
    if (S_ISREG(e.state.st_mode))
      found.emplace_back(e.depth,
                         FoundFile{e.path, static_cast<std::uint64_t>(e.state.st_size), {}});
    return {};
  };
  TRY(const auto walk, walk_tree(folder, bounds, work, note));
  content.cut = walk.cut || is_hidden(folder, volume);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t heads = 0;
  for (auto& [depth, file] : found) {
    if (work.dropped) return fail(dropped_error());
    if (is_candidate(file) && heads++ < most_heads) file.head = head_of(folder, file.path);
    content.files.push_back(std::move(file));
  }
  return content;
}

Result<double> measured_copy_rate(int folder, const TreeWork& work) {
  const auto from = nameless_file(folder);
  const auto to = nameless_file(folder);
  if (!from || !to) return fail(tree_error("write", "a probe file", errno));
  std::string block(std::size_t{1} << 20, '\0');
  std::uint64_t state = 0x9e3779b97f4a7c15;
  for (std::size_t written = 0; written < rate_probe_bytes; written += block.size()) {
    if (work.dropped) return fail(dropped_error());
    for (auto& c : block) {  // not compressible, so that no filesystem makes it small
      state = state * 6364136223846793005 + 1442695040888963407;
      c = static_cast<char>(state >> 56);
    }
    if (::write(from.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()))
      return fail(tree_error("write", "a probe file", errno));
  }
  if (::fdatasync(from.get()) != 0) return fail(tree_error("sync", "a probe file", errno));
  ::posix_fadvise(from.get(), 0, 0, POSIX_FADV_DONTNEED);
  const auto begin = std::chrono::steady_clock::now();
  for (off_t in = 0, out = 0; in < static_cast<off_t>(rate_probe_bytes);) {
    if (work.dropped) return fail(dropped_error());
    const auto size = ::copy_file_range(from.get(), &in, to.get(), &out, block.size() * 8, 0);
    if (size <= 0) return fail(tree_error("copy", "a probe file", errno));
  }
  if (::fdatasync(to.get()) != 0) return fail(tree_error("sync", "a probe file", errno));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(rate_probe_bytes) / std::max(took.count(), 1e-6);
}

}  // namespace landfast
