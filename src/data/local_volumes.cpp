// SPDX-License-Identifier: Apache-2.0
#include "data/local_volumes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/path.h"
#include "base/text.h"
#include "data/disk_facts.h"
#include "data/tree.h"
#include "data/tree_digest.h"
#include "io/file.h"
#include "model/generation_name.h"

namespace landfast {
namespace {

constexpr std::chrono::milliseconds between_tellings{250};
constexpr std::size_t most_first_copies = 16;  // that wait for their second; else begun anew

/// Tells the pool, at the end of the coroutine that waits, that nobody waits any more.
class Waiting {
 public:
  Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { work_->dropped = true; }
  [[nodiscard]] const SharedWork& work() const { return work_; }

 private:
  SharedWork work_ = std::make_shared<TreeWork>();
};

using Folder = std::shared_ptr<const OwnedFd>;

/// Opened before any work is queued: what the path names later is no matter.
Result<Folder> shared_folder(const std::string& path) {
  TRY(auto fd, open_folder(path));
  return std::make_shared<const OwnedFd>(std::move(fd));
}

Task<void> tell(Loop& loop, const TreeWork& work, const OnCopied& progress) {
  while (true) {
    co_await sleep_for(loop, between_tellings);
    progress(work.bytes);
  }
}

std::string folder_above(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

/// "….lf-12"
bool is_aside(const std::string& path) {
  const auto name = generation_name(path);
  return path.starts_with('/') && name && !name->was;
}

Error at(const std::string& path, const char* doing, Error error) {
  if (error.code == Code::cancelled) return error;
  return wrap(std::move(error), fmt::format("{} {} failed", doing, path));
}

}  // namespace

Result<VolumeIdentity> LocalVolumes::identity(std::string path) {
  TRY(const auto folder, open_folder(path));
  struct stat state {};
  if (::fstat(folder.get(), &state) != 0) return fail(tree_error("look at", path, errno));
  return VolumeIdentity{state.st_dev, state.st_ino};
}

Task<Result<VolumeFacts>> LocalVolumes::facts(VolumeState volume) {
  CO_TRY(const auto folder, shared_folder(volume.mountpoint));
  const Waiting waiting;
  auto job = [folder, volume, work = waiting.work()] {
    return disk_facts(folder->get(), volume, *work);
  };
  co_return co_await offload(loop_, std::move(job));
}

Task<Result<VolumeContent>> LocalVolumes::content(VolumeState volume) {
  CO_TRY(const auto folder, shared_folder(volume.mountpoint));
  const Waiting waiting;
  auto job = [folder, volume = std::move(volume), work = waiting.work()] {
    return look_into(folder->get(), volume, *work);
  };
  co_return co_await offload(loop_, std::move(job));
}

Task<Result<double>> LocalVolumes::copy_rate(std::string path) {
  CO_TRY(const auto folder, shared_folder(path));
  const Waiting waiting;
  auto job = [folder, work = waiting.work()] { return measured_copy_rate(folder->get(), *work); };
  co_return co_await offload(loop_, std::move(job));
}

Task<Status> LocalVolumes::copy_by(Copying way, std::string from, std::string to,
                                   OnCopied progress) {
  if (is_inside(from, to) || is_inside(to, from))
    co_return fail(Code::invalid, fmt::format("{} and {} are inside each other", from, to));
  CO_TRY(const auto source, shared_folder(from));
  CO_TRY(const auto target, shared_folder(to));
  const Waiting waiting;
  TaskGroup telling;
  if (progress) telling.spawn(tell(loop_, *waiting.work(), progress));
  auto job = [source, target, changing = changing_, work = waiting.work(),
              way = std::move(way)]() -> Status {
    const std::lock_guard alone(*changing);
    return way(source->get(), target->get(), *work);
  };
  auto done = co_await offload(loop_, std::move(job));
  if (!done) co_return fail(at(from, "copying", std::move(done).error()));
  if (progress) progress(waiting.work()->bytes);
  co_return Status{};
}

Task<Status> LocalVolumes::copy(std::string from, std::string to, OnCopied progress) {
  Copying way = [](int source, int target, TreeWork& work) -> Status {
    TRY_VOID(empty_tree(target, work));
    return copy_tree(source, target, work);
  };
  return copy_by(std::move(way), std::move(from), std::move(to), std::move(progress));
}

Task<Status> LocalVolumes::copy_in_use(std::string from, std::string to, OnCopied progress) {
  CO_TRY(const auto source, identity(from));
  CO_TRY(const auto target, identity(to));
  auto seen = std::make_shared<SeenTree>();
  Copying way = [seen](int in, int out, TreeWork& work) -> Status {
    TRY_VOID(empty_tree(out, work));
    TRY(*seen, copy_tree_in_use(in, out, work));
    return {};
  };
  CO_TRY_VOID(co_await copy_by(std::move(way), from, to, std::move(progress)));
  if (seen_.size() >= most_first_copies) seen_.clear();
  seen_[{source, target}] = std::move(seen);
  co_return Status{};
}

Task<Result<std::uint64_t>> LocalVolumes::finish_copy(std::string from, std::string to,
                                                      OnCopied progress) {
  CO_TRY(const auto source, identity(from));
  CO_TRY(const auto target, identity(to));
  const auto first = seen_.extract({source, target});
  auto seen = first.empty() ? std::make_shared<const SeenTree>() : first.mapped();
  auto written = std::make_shared<std::uint64_t>(0);
  Copying way = [seen, written](int in, int out, TreeWork& work) -> Status {
    TRY(*written, refresh_tree(in, out, *seen, work));
    return {};
  };
  CO_TRY_VOID(
      co_await copy_by(std::move(way), std::move(from), std::move(to), std::move(progress)));
  co_return *written;
}

Status LocalVolumes::exchange(std::string a, std::string b) {
  TRY_VOID(identity(a));
  TRY_VOID(identity(b));
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) != 0) {
    const int number = errno;
    const bool cannot = number == EXDEV || number == EBUSY || number == ENOSYS || number == EINVAL;
    return fail(cannot ? Code::unsupported : Code::failed,
                fmt::format("cannot exchange {} and {}: {}", a, b, std::strerror(number)));
  }
  TRY_VOID(sync_folder(folder_above(a)));
  return sync_folder(folder_above(b));
}

Task<Result<TreeDigest>> LocalVolumes::digest(std::string path) {
  CO_TRY(const auto folder, shared_folder(path));
  const Waiting waiting;
  auto job = [folder, work = waiting.work()] { return digest_tree(folder->get(), *work); };
  auto digest = co_await offload(loop_, std::move(job));
  if (!digest) co_return fail(at(path, "reading", std::move(digest).error()));
  co_return digest;
}

Status LocalVolumes::make_folder(std::string path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(errno == ENOENT ? Code::not_found : Code::failed,
                fmt::format("cannot make {}: {}", path, std::strerror(errno)));
  TRY_VOID(identity(path));  // what is there may be something else
  return sync_folder(folder_above(path));
}

Task<Status> LocalVolumes::remove_folder(std::string path) {
  if (!is_aside(path)) co_return fail(Code::invalid, path + " is not what was set aside");
  auto emptied = co_await empty(path);
  if (!emptied && emptied.error().code == Code::not_found) co_return Status{};
  if (!emptied) co_return emptied;
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT)
    co_return fail(Code::failed, fmt::format("cannot remove {}: {}", path, std::strerror(errno)));
  co_return sync_folder(folder_above(path));
}

Task<Status> LocalVolumes::empty(std::string path) {
  CO_TRY(const auto folder, shared_folder(path));
  const Waiting waiting;
  auto job = [folder, changing = changing_, work = waiting.work()]() -> Status {
    const std::lock_guard alone(*changing);
    TRY_VOID(empty_tree(folder->get(), *work));
    if (::syncfs(folder->get()) != 0) return fail(tree_error("sync", ".", errno));
    return {};
  };
  auto done = co_await offload(loop_, std::move(job));
  if (!done) co_return fail(at(path, "emptying", std::move(done).error()));
  co_return Status{};
}

}  // namespace landfast
