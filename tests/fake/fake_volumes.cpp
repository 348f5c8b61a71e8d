// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_volumes.h"

#include <algorithm>

#include "base/digest.h"

namespace landfast {
namespace {

constexpr int subscription = -7;  // FakeEngine's own count upward from 0
constexpr std::uint64_t device = 8;

}  // namespace

FakeVolumes::FakeVolumes(SimulatedClock& clock, FakeDaemon& daemon)
    : clock_(clock), daemon_(daemon) {
  daemon_.subscribers[subscription] = [this](const EngineEvent& e) { on_event(e); };
  add_folder("/var/lib/docker/volumes");
}
FakeVolumes::~FakeVolumes() { daemon_.subscribers.erase(subscription); }

void FakeVolumes::on_event(const EngineEvent& event) {
  if (event.type == "volume" && event.action == "create") add_folder(path_of(event.id));
  if (event.type == "volume" && event.action == "destroy") folders_.erase(path_of(event.id));
  if (event.type != "container" || event.action != "start") return;
  const auto* c = daemon_.find(event.id);
  if (c == nullptr) return;
  for (const auto& mount : c->mounts)
    if (const auto it = folders_.find(path_of(mount.name)); it != folders_.end())
      held_[{c->id, mount.name}] = it->second;
}

void FakeVolumes::add_folder(const std::string& path) {
  if (folders_.contains(path)) return;
  folders_[path] = std::make_shared<Folder>(Folder{next_inode_++, {}});
}

void FakeVolumes::write(const std::string& path, const std::string& file, std::string bytes) {
  set(*folders_.at(path), file, std::move(bytes));
}

void FakeVolumes::set(Folder& folder, const std::string& file, std::string bytes) {
  folder.files[file] = std::move(bytes);
  folder.changed[file] = next_change_++;
  changed();
}

void FakeVolumes::remove(const std::string& path, const std::string& file) {
  folders_.at(path)->files.erase(file);
  changed();
}

std::map<std::string, std::string> FakeVolumes::tree(const std::string& path) const {
  const auto it = folders_.find(path);
  return it == folders_.end() ? std::map<std::string, std::string>{} : it->second->files;
}

bool FakeVolumes::write_as(const std::string& container, const std::string& volume,
                           const std::string& file, std::string bytes) {
  const auto* c = daemon_.find(container);
  if (c == nullptr || c->status != ContainerStatus::running) return false;
  const auto it = held_.find({c->id, volume});
  if (it == held_.end()) return false;
  set(*it->second, file, std::move(bytes));
  return true;
}

Result<FakeVolumes::FolderRef> FakeVolumes::folder(const std::string& path) const {
  const auto it = folders_.find(path);
  if (it == folders_.end()) return fail(Code::not_found, "there is no folder " + path);
  return it->second;
}

Status FakeVolumes::begin(std::string_view call, const std::string& what) {
  calls.push_back(std::string(call) + " " + what);
  if (frozen_) violations_.push_back(calls.back());
  if (refuse)
    if (auto error = refuse(call)) return fail(std::move(*error));
  return {};
}

Status FakeVolumes::end(std::string_view call) {
  if (lose_answer)
    if (auto error = lose_answer(call)) return fail(std::move(*error));
  return {};
}

std::uint64_t FakeVolumes::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, f] : folders_)
    for (const auto& [name, content] : f->files) bytes += content.size() * scale;
  return bytes;
}

Status FakeVolumes::put(const FolderRef& to, const std::string& file, std::string bytes) {
  const auto it = to->files.find(file);
  const auto before = it == to->files.end() ? 0 : it->second.size() * scale;
  if (used() - before + bytes.size() * scale > capacity)
    return fail(Code::failed, "cannot write \"" + file + "\": No space left on device");
  set(*to, file, std::move(bytes));
  return {};
}

Result<VolumeIdentity> FakeVolumes::identity(std::string path) {
  TRY_VOID(begin("identity", path));
  TRY(const auto f, folder(path));
  return VolumeIdentity{device, f->inode};
}

Task<Result<VolumeFacts>> FakeVolumes::facts(VolumeState volume) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("facts", volume.mountpoint));
  CO_TRY(const auto f, folder(volume.mountpoint));
  VolumeFacts facts;
  facts.path = volume.mountpoint;
  facts.identity = {device, f->inode};
  for (const auto& [name, bytes] : f->files) facts.bytes += bytes.size() * scale;
  facts.files = f->files.size();
  facts.free_bytes = capacity - std::min(capacity, used());
  facts.reflink = reflink;
  if (const auto it = cannot_exchange.find(volume.mountpoint); it != cannot_exchange.end())
    facts.cannot_exchange = it->second;
  co_return facts;
}

Task<Result<VolumeContent>> FakeVolumes::content(VolumeState volume) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("content", volume.mountpoint));
  CO_TRY(const auto f, folder(volume.mountpoint));
  VolumeContent content;
  const auto depth = [](const std::string& path) {
    return std::count(path.begin(), path.end(), '/');
  };
  for (const auto& [name, bytes] : f->files)
    if (depth(name) < 4) content.files.push_back({name, bytes.size(), bytes.substr(0, 32)});
  std::stable_sort(content.files.begin(), content.files.end(),
                   [&](const auto& a, const auto& b) { return depth(a.path) < depth(b.path); });
  co_return content;
}

Task<Result<double>> FakeVolumes::copy_rate(std::string path) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("copy_rate", path));
  CO_TRY_VOID(folder(path));
  co_return rate;
}

std::chrono::nanoseconds FakeVolumes::half_of(const std::string& bytes) const {
  const auto seconds =
      reflink ? 0.0 : static_cast<double>(bytes.size()) * static_cast<double>(scale) / rate;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 5e8));
}

/// What is in use may change, or go, between its two halves.
Task<Status> FakeVolumes::copy_file(Copying& copying, std::string name, bool in_use) {
  const auto& files = copying.from->files;
  const auto now = [&] {
    const auto it = files.find(name);
    return it == files.end() ? std::string() : it->second;
  };
  const auto first = now();
  co_await clock_.sleep(half_of(first));
  CO_TRY_VOID(put(copying.to, name, first.substr(0, first.size() / 2)));
  if (in_use && while_copying) while_copying();
  co_await clock_.sleep(half_of(first));
  const auto second = now();
  const auto tail = second.substr(std::min(second.size(), first.size() / 2));
  CO_TRY_VOID(put(copying.to, name, first.substr(0, first.size() / 2) + tail));
  copying.copied += second.size() * scale;
  if (copying.progress) copying.progress(copying.copied);
  co_return Status{};
}

Result<FakeVolumes::Copying> FakeVolumes::begin_copy(std::string_view call, const std::string& from,
                                                     const std::string& to, OnCopied progress) {
  TRY_VOID(begin(call, from + " " + to));
  if (from == to || from.starts_with(to + "/") || to.starts_with(from + "/"))
    return fail(Code::invalid, from + " and " + to + " are inside each other");
  Copying copying;
  TRY(copying.from, folder(from));
  TRY(copying.to, folder(to));
  copying.progress = std::move(progress);
  return copying;
}

Task<Status> FakeVolumes::copy(std::string from, std::string to, OnCopied progress) {
  co_await clock_.sleep(latency);
  CO_TRY(auto copying, begin_copy("copy", from, to, std::move(progress)));
  copying.to->files.clear();
  changed();
  std::vector<std::string> names;
  for (const auto& [name, bytes] : copying.from->files) names.push_back(name);
  for (const auto& name : names) CO_TRY_VOID(co_await copy_file(copying, name, false));
  co_await clock_.sleep(latency);
  co_return end("copy");
}

Task<Status> FakeVolumes::copy_in_use(std::string from, std::string to, OnCopied progress) {
  co_await clock_.sleep(latency);
  CO_TRY(auto copying, begin_copy("copy_in_use", from, to, std::move(progress)));
  copying.to->files.clear();
  changed();
  const auto seen = copying.from->changed;
  std::vector<std::string> names;
  for (const auto& [name, bytes] : copying.from->files) names.push_back(name);
  for (const auto& name : names) CO_TRY_VOID(co_await copy_file(copying, name, true));
  co_await clock_.sleep(latency);
  seen_[{copying.from->inode, copying.to->inode}] = seen;
  co_return end("copy_in_use");
}

Task<Result<std::uint64_t>> FakeVolumes::finish_copy(std::string from, std::string to,
                                                     OnCopied progress) {
  co_await clock_.sleep(latency);
  CO_TRY(auto copying, begin_copy("finish_copy", from, to, std::move(progress)));
  const auto seen = std::exchange(seen_[{copying.from->inode, copying.to->inode}], Seen{});
  const auto& files = copying.from->files;
  std::erase_if(copying.to->files, [&](const auto& file) { return !files.contains(file.first); });
  changed();
  std::vector<std::string> differing;
  for (const auto& [name, bytes] : files) {
    const auto then = seen.find(name);
    if (then == seen.end() || then->second != copying.from->changed.at(name))
      differing.push_back(name);
  }
  for (const auto& name : differing) CO_TRY_VOID(co_await copy_file(copying, name, false));
  co_await clock_.sleep(latency);
  CO_TRY_VOID(end("finish_copy"));
  co_return copying.copied;
}

Status FakeVolumes::exchange(std::string a, std::string b) {
  TRY_VOID(begin("exchange", a + " " + b));
  TRY_VOID(folder(a));
  TRY_VOID(folder(b));
  for (const auto& path : {a, b})
    if (const auto it = cannot_exchange.find(path); it != cannot_exchange.end())
      return fail(Code::unsupported, "cannot exchange " + a + " and " + b + ": " + it->second);
  std::swap(folders_.at(a), folders_.at(b));
  changed();
  return end("exchange");
}

Task<Result<TreeDigest>> FakeVolumes::digest(std::string path) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("digest", path));
  CO_TRY(const auto f, folder(path));
  TreeDigest digest;
  std::string all;
  for (const auto& [name, bytes] : f->files) {
    all += std::to_string(name.size()) + ":" + name + sha256_hex(bytes);
    ++digest.files;
    digest.bytes += bytes.size();
  }
  digest.sha256 = sha256_hex(all);
  co_return digest;
}

Status FakeVolumes::make_folder(std::string path) {
  TRY_VOID(begin("make_folder", path));
  const auto above = path.substr(0, path.rfind('/'));
  const bool is_there = std::any_of(folders_.begin(), folders_.end(), [&](const auto& f) {
    return f.first == above || f.first.starts_with(above + "/");
  });
  if (!is_there) return fail(Code::not_found, "cannot make " + path);
  add_folder(path);
  return end("make_folder");
}

Task<Status> FakeVolumes::remove_folder(std::string path) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("remove_folder", path));
  if (path.find(".lf-") == std::string::npos)
    co_return fail(Code::invalid, path + " is not what was set aside");
  folders_.erase(path);
  changed();
  co_return end("remove_folder");
}

Task<Status> FakeVolumes::empty(std::string path) {
  co_await clock_.sleep(latency);
  CO_TRY_VOID(begin("empty", path));
  CO_TRY(const auto f, folder(path));
  while (!f->files.empty()) {
    f->files.erase(f->files.begin());
    changed();
    co_await clock_.sleep(std::chrono::nanoseconds(1000));
  }
  co_return end("empty");
}

}  // namespace landfast
