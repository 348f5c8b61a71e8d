// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <utility>

#include "data/tree.h"

namespace landfast {

/// Copies entries of one tree into another; all calls on one pair of trees.
class Copier {
 public:
  /// `top` is the target's. With `seen` the source is in use: what vanishes or changes while it is
  /// copied is left as it is, and what is surely whole is noted there.
  Copier(int top, TreeWork& work, SeenTree* seen = nullptr) : top_(top), work_(work), seen_(seen) {}

  /// Everything below `from` into the empty folder `to`; `path` is "" or ends with a slash.
  Status folder(int from, int to, const std::string& path, int depth);
  /// An entry that is no folder and that `to` does not have.
  Status entry(const TreeEntry& e, int to);

 private:
  Status made(const TreeEntry& e, int to);
  Status inner_folder(const TreeEntry& e, const struct stat& above, int to);
  Status contents(const TreeEntry& e, int to);
  Status data(int in, int out, const TreeEntry& e);
  Status range(int in, int out, off_t start, off_t end, const std::string& path);
  Status by_hand(int in, int out, off_t start, off_t end, const std::string& path);
  Status symbolic_link(const TreeEntry& e, int to);
  [[nodiscard]] Status shrank(const std::string& path) const;
  void note(const TreeEntry& e);

  int top_;
  TreeWork& work_;
  SeenTree* seen_;
  bool clones_ = true;         // until the filesystem said no
  bool kernel_copies_ = true;  // likewise
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

/// Opens a regular file to be read; its access time is left alone where that is allowed.
[[nodiscard]] OwnedFd open_source(int folder, const std::string& name);
/// Owner, mode, attributes and times of an entry, for one of the same name in `to`.
[[nodiscard]] Status copy_facts(const TreeEntry& e, int to);
/// The same for the top folder itself.
[[nodiscard]] Status copy_top_facts(int from, int to);
/// Makes durable what was written below the folder.
[[nodiscard]] Status sync_tree(int folder);
/// Whether a copy may go on behind this entry of a folder: not onto another filesystem.
[[nodiscard]] Status check_same_filesystem(const TreeEntry& e, const struct stat& above);
/// Errors: `invalid` below `deepest_tree`.
[[nodiscard]] Status check_depth(const std::string& path, int depth);

}  // namespace landfast
