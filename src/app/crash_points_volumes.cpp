// SPDX-License-Identifier: Apache-2.0
#include "app/crash_points.h"

namespace landfast {
namespace {

/// "shop_db" of "…/volumes/shop_db/_data": the same in every run.
std::string shown(const std::string& path) {
  constexpr std::string_view data = "/_data";
  auto name = path;
  if (name.ends_with(data)) name.resize(name.size() - data.size());
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

Result<VolumeIdentity> CrashPointVolumes::identity(std::string path) {
  return inner_.identity(std::move(path));
}
Task<Result<VolumeFacts>> CrashPointVolumes::facts(VolumeState volume) {
  return inner_.facts(std::move(volume));
}
Task<Result<VolumeContent>> CrashPointVolumes::content(VolumeState volume) {
  return inner_.content(std::move(volume));
}
Task<Result<double>> CrashPointVolumes::copy_rate(std::string path) {
  return inner_.copy_rate(std::move(path));
}
Task<Result<TreeDigest>> CrashPointVolumes::digest(std::string path) {
  return inner_.digest(std::move(path));
}

Task<Status> CrashPointVolumes::copy(std::string from, std::string to, OnCopied progress) {
  CrashPoints::Call call(points_, "copy", shown(from), true);
  return CrashPoints::pass_around(std::move(call),
                                  inner_.copy(std::move(from), std::move(to), std::move(progress)));
}

Task<Status> CrashPointVolumes::copy_in_use(std::string from, std::string to, OnCopied progress) {
  CrashPoints::Call call(points_, "copy_in_use", shown(from), true);
  return CrashPoints::pass_around(
      std::move(call), inner_.copy_in_use(std::move(from), std::move(to), std::move(progress)));
}

Task<Result<std::uint64_t>> CrashPointVolumes::finish_copy(std::string from, std::string to,
                                                           OnCopied progress) {
  CrashPoints::Call call(points_, "finish_copy", shown(from), true);
  return CrashPoints::pass_around(
      std::move(call), inner_.finish_copy(std::move(from), std::move(to), std::move(progress)));
}

Status CrashPointVolumes::exchange(std::string a, std::string b) {
  return CrashPoints::pass_around_now(CrashPoints::Call(points_, "exchange", shown(a), true),
                                      [&] { return inner_.exchange(a, b); });
}

Status CrashPointVolumes::make_folder(std::string path) {
  return CrashPoints::pass_around_now(CrashPoints::Call(points_, "make_folder", shown(path), true),
                                      [&] { return inner_.make_folder(path); });
}

Task<Status> CrashPointVolumes::remove_folder(std::string path) {
  CrashPoints::Call call(points_, "remove_folder", shown(path), true);
  return CrashPoints::pass_around(std::move(call), inner_.remove_folder(std::move(path)));
}

Task<Status> CrashPointVolumes::empty(std::string path) {
  CrashPoints::Call call(points_, "empty", shown(path), true);
  return CrashPoints::pass_around(std::move(call), inner_.empty(std::move(path)));
}

}  // namespace landfast
