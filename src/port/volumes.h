// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "io/task.h"
#include "model/store.h"
#include "model/world.h"

namespace landfast {

/// One number for a whole tree: equal means equal bytes, names, types, modes, owners, links and
/// extended attributes. Times are left out.
struct TreeDigest {
  std::string sha256;       ///< hexadecimal
  std::uint64_t files = 0;  ///< entries of any type
  std::uint64_t bytes = 0;  ///< of the regular files, as their sizes say
  friend bool operator==(const TreeDigest&, const TreeDigest&) = default;
};

/// Called with the bytes copied so far, about four times a second.
using OnCopied = std::function<void(std::uint64_t bytes)>;

/// The data of volumes on this host's disks. Paths are absolute: a volume's mountpoint (`_data`) or
/// a bind mount's source; a symbolic link in the last place is refused, and none inside is
/// followed.
class Volumes {
 public:
  virtual ~Volumes() = default;

  /// Which directory the path names now; `not_found`, `invalid` where it is no directory.
  virtual Result<VolumeIdentity> identity(std::string path) = 0;
  /// Sizes and abilities; the walk is bounded (see VolumeFacts::cut). A bind mount is a volume
  /// without a name whose mountpoint is the source. `not_found`.
  virtual Task<Result<VolumeFacts>> facts(VolumeState volume) = 0;
  /// A look at what kind of data it is; reads at most the heads of some thousand files.
  virtual Task<Result<VolumeContent>> content(VolumeState volume) = 0;
  /// Bytes per second that a copy within the path's filesystem makes, measured now with 64 MB.
  virtual Task<Result<double>> copy_rate(std::string path) = 0;
  /// Empties `to`, then makes it a copy of `from`: owners, modes, times, extended attributes, ACLs,
  /// hard and symbolic links, holes, fifos; durable when it returns. `to` must be on a filesystem
  /// with room. A call that failed or was dropped leaves a part in `to` and `from` untouched.
  /// Errors: `invalid` (one is inside the other, another filesystem is mounted inside `from`).
  virtual Task<Status> copy(std::string from, std::string to, OnCopied progress) = 0;
  /// The same of a directory that is in use: what changes or vanishes meanwhile is no error, and
  /// `to` is a copy of no one moment until `finish_copy` has made it one.
  virtual Task<Status> copy_in_use(std::string from, std::string to, OnCopied progress) = 0;
  /// Makes `to` the copy of `from` that `copy` would make, now that nobody uses `from` any more.
  /// What `copy_in_use` of this object has copied, and what has not changed since it began, is not
  /// copied again. Returns the bytes that were; errors as `copy`.
  virtual Task<Result<std::uint64_t>> finish_copy(std::string from, std::string to,
                                                  OnCopied progress) = 0;
  /// Exchanges two directories in one atomic rename, durably. Errors: `unsupported` where the
  /// kernel or the filesystem cannot; then nothing has changed.
  virtual Status exchange(std::string a, std::string b) = 0;
  /// Reads the whole tree. Errors: `invalid` where it changed meanwhile.
  virtual Task<Result<TreeDigest>> digest(std::string path) = 0;
  /// Makes an empty directory beside another, durably; one that is there is left as it is.
  /// `not_found` where the one above it is missing.
  virtual Status make_folder(std::string path) = 0;
  /// Removes a directory that is called as what is set aside (`….lf-N`), and all that is in it;
  /// succeeds where there is none. Errors: `invalid` for any other name.
  virtual Task<Status> remove_folder(std::string path) = 0;
  /// Removes all that is below `path`, the directory itself stays.
  virtual Task<Status> empty(std::string path) = 0;
};

}  // namespace landfast
