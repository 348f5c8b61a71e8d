// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "port/volumes.h"

namespace landfast {

/// The volumes of an engine on another host: its disks cannot be reached from here, and a path of
/// this host that has the same name is another folder. Every call is `unsupported`.
class RemoteVolumes : public Volumes {
 public:
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
};

}  // namespace landfast
