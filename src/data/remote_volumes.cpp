// SPDX-License-Identifier: Apache-2.0
#include "data/remote_volumes.h"

namespace landfast {
namespace {

Error elsewhere() {
  Error e;
  e.code = Code::unsupported;
  e.text = "the engine is on another host, whose disks cannot be reached from here";
  e.hint = "run landfast on that host";
  return e;
}

}  // namespace

Result<VolumeIdentity> RemoteVolumes::identity(std::string) { return fail(elsewhere()); }
Task<Result<VolumeFacts>> RemoteVolumes::facts(VolumeState) { co_return fail(elsewhere()); }
Task<Result<VolumeContent>> RemoteVolumes::content(VolumeState) { co_return fail(elsewhere()); }
Task<Result<double>> RemoteVolumes::copy_rate(std::string) { co_return fail(elsewhere()); }
Task<Status> RemoteVolumes::copy(std::string, std::string, OnCopied) {
  co_return fail(elsewhere());
}
Task<Status> RemoteVolumes::copy_in_use(std::string, std::string, OnCopied) {
  co_return fail(elsewhere());
}
Task<Result<std::uint64_t>> RemoteVolumes::finish_copy(std::string, std::string, OnCopied) {
  co_return fail(elsewhere());
}
Status RemoteVolumes::exchange(std::string, std::string) { return fail(elsewhere()); }
Task<Result<TreeDigest>> RemoteVolumes::digest(std::string) { co_return fail(elsewhere()); }
Status RemoteVolumes::make_folder(std::string) { return fail(elsewhere()); }
Task<Status> RemoteVolumes::remove_folder(std::string) { co_return fail(elsewhere()); }
Task<Status> RemoteVolumes::empty(std::string) { co_return fail(elsewhere()); }

}  // namespace landfast
