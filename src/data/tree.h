// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "io/owned_fd.h"

namespace landfast {

// Folder trees on the disk, entry by entry and relative to open folders: no path is resolved twice,
// no symbolic link is followed, and a rename of the top changes nothing.

/// What a piece of work on the pool shares with the coroutine that waits for it.
struct TreeWork {
  std::atomic<bool> dropped = false;     ///< nobody waits any more: stop soon
  std::atomic<std::uint64_t> bytes = 0;  ///< copied so far
};
using SharedWork = std::shared_ptr<TreeWork>;

/// An entry as the first copy of a tree in use met it.
struct SeenEntry {
  ino_t inode = 0;
  off_t size = 0;
  timespec modified{}, changed{};
};
/// The entries that had not changed since `since`, by path: those whose change would show.
struct SeenTree {
  timespec since{};
  std::unordered_map<std::string, SeenEntry> entries;
};

/// No tree of a store is deeper; each level holds a file descriptor or two.
inline constexpr int deepest_tree = 200;

/// An entry as `walk_tree` meets it.
struct TreeEntry {
  int folder = -1;   ///< open folder that holds it
  std::string name;  ///< in that folder
  std::string path;  ///< relative to the top
  int depth = 1;     ///< 1: directly below the top
  struct stat state {};
};

struct TreeBounds {
  std::uint64_t entries = UINT64_MAX / 2;
  int depth = deepest_tree;
  /// A folder below `depth`: true ends the walk with an error, false leaves it out.
  bool refuse_deeper = true;
};

/// What a walk came across.
struct TreeWalk {
  bool cut = false;              ///< a bound was reached
  std::string other_filesystem;  ///< path of a folder that another one is mounted on, or ""
};

/// Opens a folder that is no symbolic link. Errors: `not_found`, `invalid`.
[[nodiscard]] Result<OwnedFd> open_folder(const std::string& path);
/// The names in an open folder, sorted by bytes, at most `limit` of them.
[[nodiscard]] Result<std::vector<std::string>> folder_names(int folder, std::uint64_t limit);
/// Calls `visit` for each entry below `top`: in each folder what is no folder first, then each
/// folder and what is in it. Stays on the top's filesystem. An entry that vanished is left out.
[[nodiscard]] Result<TreeWalk> walk_tree(int top, const TreeBounds& bounds, const TreeWork& work,
                                         const std::function<Status(const TreeEntry&)>& visit);

/// Removes everything below `top`; stops with an error where another filesystem is mounted inside.
[[nodiscard]] Status empty_tree(int top, const TreeWork& work);
/// Makes the empty folder `to` a copy of `from`; see Volumes::copy.
[[nodiscard]] Status copy_tree(int from, int to, TreeWork& work);
/// The same of a tree that is in use; see Volumes::copy_in_use. Returns what it need not copy
/// again.
[[nodiscard]] Result<SeenTree> copy_tree_in_use(int from, int to, TreeWork& work);
/// Makes `to`, which `copy_tree_in_use` has filled, equal to `from`, which nobody uses any more;
/// see Volumes::finish_copy. Returns the bytes that it wrote.
[[nodiscard]] Result<std::uint64_t> refresh_tree(int from, int to, const SeenTree& seen,
                                                 TreeWork& work);

/// Removes an entry of an open folder, and all that is below it; succeeds where there is none.
[[nodiscard]] Status remove_entry(int folder, const std::string& name, const TreeWork& work);

/// The error of a failed system call on an entry.
[[nodiscard]] Error tree_error(const char* verb, const std::string& path, int number);
/// What is returned where nobody waits any more.
[[nodiscard]] Error dropped_error();
/// The names of an entry's extended attributes, sorted; none where the filesystem has none.
[[nodiscard]] Result<std::vector<std::string>> attribute_names(int folder, const std::string& name);
/// The bytes of one.
[[nodiscard]] Result<std::string> attribute(int folder, const std::string& name,
                                            const std::string& attribute);
/// A path by which calls without an `at` form reach an entry of an open folder.
[[nodiscard]] std::string entry_path(int folder, const std::string& name);

}  // namespace landfast
