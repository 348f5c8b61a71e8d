// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <mutex>
#include <string>

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
  Status exchange(std::string a, std::string b) override;
  Task<Result<TreeDigest>> digest(std::string path) override;
  Status make_folder(std::string path) override;
  Task<Status> remove_folder(std::string path) override;
  Task<Status> empty(std::string path) override;

 private:
  Loop& loop_;
  std::shared_ptr<std::mutex> changing_;
};

}  // namespace landfast
