// SPDX-License-Identifier: Apache-2.0
#include "host/stack_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "host/durable_file.h"
#include "host/process_facts.h"
#include "io/loop.h"
#include "io/owned_fd.h"

namespace landfast {
namespace {

constexpr std::size_t most_text = 4096;

/// A taken lock. Its text is emptied before it is freed: text in a free file is of a dead owner.
class FileLock : public StackLock {
 public:
  explicit FileLock(OwnedFd file) : file_(std::move(file)) {}
  ~FileLock() override { [[maybe_unused]] const int rc = ::ftruncate(file_.get(), 0); }

 private:
  OwnedFd file_;
};

tl::unexpected<Error> failed(const std::string& path, std::string_view what, int error) {
  return fail(Code::failed, fmt::format("{}: {}: {}", path, what, std::strerror(error)));
}

std::string lock_path(const std::string& folder, const std::string& stack) {
  return folder + "/" + stack + ".lock";
}

Result<OwnedFd> open_lock(const std::string& path) {
  OwnedFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed(path, "cannot open it", errno);
  return file;
}

/// False when somebody removed or replaced the file: a lock on that inode would bind nobody.
bool still_there(const std::string& path, int fd) {
  struct stat mine {
  }, there{};
  return ::fstat(fd, &mine) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

Result<std::unique_ptr<StackLock>> owned(const std::string& path, OwnedFd file,
                                         const LockOwner& me) {
  const auto text = owner_text(me);
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return failed(path, "cannot write who holds it", errno);
  return std::make_unique<FileLock>(std::move(file));
}

bool lives(const LockOwner& owner) {
  return owner.boot_id == boot_id() && !owner.start_time.empty() &&
         start_time(owner.pid) == owner.start_time;
}

std::string process_text(const std::optional<std::int64_t>& pid) {
  if (!pid) return "another process";
  return fmt::format("process {} (pid {})", printable(process_name(*pid)), *pid);
}

/// One that has the lock already and has not written so yet.
bool is_watcher(std::int64_t pid) {
  const auto argv = command_line(pid);
  return argv.size() > 1 && argv[1] == watcher_name;
}

tl::unexpected<Error> locked(const std::string& stack, const std::string& path, int fd) {
  auto owner = owner_of(read_small_file(path, most_text).value_or(""));
  if (owner && !lives(*owner)) owner.reset();
  // The file's text tells; where it is not (yet) the holder's, the kernel does.
  struct stat s {};
  const auto pid = !owner && ::fstat(fd, &s) == 0 ? flock_holder(s.st_ino) : std::nullopt;
  Error e;
  e.code = Code::locked;
  e.text = fmt::format("stack {} is held: {}", stack, owner ? describe(*owner) : process_text(pid));
  e.hint = "Wait for it with --queue, or try again when it is done.";
  e.retryable = owner ? owner->command == watcher_name : pid && is_watcher(*pid);
  return fail(std::move(e));
}

/// What a thread that waits in flock shares with the frame that waits for it. The thread cannot be
/// called back: when its frame is gone it frees the lock as soon as it has got it.
struct Waiting {
  Waiting(Loop& l, OwnedFd f) : loop(&l), file(std::move(f)) {}
  std::mutex mutex;
  Loop* loop;  // alive as long as the frame
  OwnedFd file;
  bool dropped = false;
  bool over = false;
  int error = 0;
  Signal ended;  // of the loop's thread
};

void wait_in_flock(const std::shared_ptr<Waiting>& shared) {
  int rc = 0;
  do rc = ::flock(shared->file.get(), LOCK_EX);
  while (rc != 0 && errno == EINTR);
  const int error = rc != 0 ? errno : 0;
  const std::lock_guard guard(shared->mutex);
  shared->error = error;
  shared->over = true;
  if (shared->dropped)
    shared->file = OwnedFd();
  else
    shared->loop->post([shared] { shared->ended.set(); });
}

/// Lives in the waiting frame.
class Waiter {
 public:
  explicit Waiter(std::shared_ptr<Waiting> shared) : shared_(std::move(shared)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    const std::lock_guard guard(shared_->mutex);
    shared_->dropped = true;
    if (shared_->over) shared_->file = OwnedFd();
  }

 private:
  std::shared_ptr<Waiting> shared_;
};

Status start_waiting(const std::shared_ptr<Waiting>& shared) {
  try {
    std::thread(wait_in_flock, shared).detach();
    return {};
  } catch (const std::system_error& error) {
    return fail(Code::failed, fmt::format("cannot start a thread that waits: {}", error.what()));
  }
}

}  // namespace

Status valid_stack_name(std::string_view stack) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  constexpr std::size_t most = 200;  // with the suffix below NAME_MAX
  const bool good = !stack.empty() && stack.size() <= most && plain(stack.front()) &&
                    std::all_of(stack.begin(), stack.end(),
                                [&](char c) { return plain(c) || c == '_' || c == '-'; });
  if (good) return {};
  return fail(Code::invalid, fmt::format("{} is not a name of a stack", in_quotes(stack)),
              "Use lower-case letters, digits, - and _, beginning with a letter or a digit.");
}

std::string owner_text(const LockOwner& owner) {
  boost::json::object o;
  o["pid"] = owner.pid;
  o["start_time"] = owner.start_time;
  o["boot_id"] = owner.boot_id;
  o["user"] = owner.user;
  o["command"] = owner.command;
  o["since"] = owner.since;
  return boost::json::serialize(o) + "\n";
}

std::optional<LockOwner> owner_of(std::string_view text) {
  boost::system::error_code error;
  const auto value = boost::json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& o = value.get_object();
  const auto field = [&o](std::string_view key) {
    const auto* v = o.if_contains({key.data(), key.size()});
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string{};
  };
  LockOwner owner;
  const auto* pid = o.if_contains("pid");
  if (pid == nullptr || !pid->is_int64()) return std::nullopt;
  owner.pid = pid->get_int64();
  owner.start_time = field("start_time");
  owner.boot_id = field("boot_id");
  owner.user = field("user");
  owner.command = field("command");
  owner.since = field("since");
  return owner;
}

std::string describe(const LockOwner& owner) {
  const auto clock = owner.since.size() >= 19 ? owner.since.substr(11, 8) + " UTC" : owner.since;
  return fmt::format("{} by {} (pid {}) since {}", printable(owner.command), printable(owner.user),
                     owner.pid, printable(clock));
}

Result<std::unique_ptr<StackLock>> take_stack_lock(const std::string& folder,
                                                   const std::string& stack, const LockOwner& me) {
  TRY_VOID(valid_stack_name(stack));
  const auto path = lock_path(folder, stack);
  for (;;) {
    TRY(auto file, open_lock(path));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return locked(stack, path, file.get());
      return failed(path, "cannot lock it", errno);
    }
    if (still_there(path, file.get())) return owned(path, std::move(file), me);
  }
}

Task<Result<std::unique_ptr<StackLock>>> wait_for_stack_lock(Loop& loop, std::string folder,
                                                             std::string stack, LockOwner me) {
  const auto path = lock_path(folder, stack);
  for (;;) {
    auto now = take_stack_lock(folder, stack, me);
    if (now || now.error().code != Code::locked) co_return now;
    CO_TRY(auto file, open_lock(path));
    const auto shared = std::make_shared<Waiting>(loop, std::move(file));
    const Waiter waiter(shared);
    CO_TRY_VOID(start_waiting(shared));
    // The thread is no work of the loop: a far timer keeps the loop from ending.
    while (!shared->ended.is_set())
      co_await race(shared->ended.wait(), sleep_for(loop, std::chrono::hours(1)));
    if (shared->error != 0) co_return failed(path, "cannot lock it", shared->error);
    if (still_there(path, shared->file.get()))
      co_return owned(path, std::exchange(shared->file, OwnedFd()), me);
  }
}

}  // namespace landfast
