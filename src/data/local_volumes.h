// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "data/tree.h"
#include "io/loop.h"
#include "port/volumes.h"

namespace landfast {

/// Volumes on the disks of this host. What reads or writes much runs on the loop's pool; a frame
/// that is dropped makes its work stop soon, and what changes a tree waits for such work.
class LocalVolumes : public Volumes {
 public:
  explicit LocalVolumes(Loop& loop) : loop_(loop), changing_(std::make_shared<std::mutex>()) {}

  Result<VolumeIdentity> identity(std::string path) override;
  Task<Result<VolumeFacts>> facts(VolumeState volume) override;
  Task<Result<VolumeContent>> content(VolumeState volume) override;
  Task<Result<double>> copy_rate(std::string path) override;
  Task<Status> copy(std::string from, std::string to, OnCopied progress) override;
  Task<Status> copy_in_use(std::string from, std::string to, OnCopied progress) override;
  Task<Result<std::uint64_t>> finish_copy(std::string from, std::string to,
                                          OnCopied progress) override;
  Status exchange(std::string a, std::string b) override;
  Task<Result<TreeDigest>> digest(std::string path) override;
  Status make_folder(std::string path) override;
  Task<Status> remove_folder(std::string path) override;
  Task<Status> empty(std::string path) override;

 private:
  /// Directories of a first copy, from and to.
  using Pair = std::pair<VolumeIdentity, VolumeIdentity>;
  using Copying = std::function<Status(int from, int to, TreeWork& work)>;
  Task<Status> copy_by(Copying way, std::string from, std::string to, OnCopied progress);

  Loop& loop_;
  std::shared_ptr<std::mutex> changing_;
  std::map<Pair, std::shared_ptr<const SeenTree>> seen_;  ///< of first copies, until their second
};

}  // namespace landfast
