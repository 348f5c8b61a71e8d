// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "io/task.h"
#include "model/world.h"

namespace landfast {

/// Who holds a stack's lock.
struct LockOwner {
  std::int64_t pid = 0;
  std::string start_time;  ///< /proc/<pid>/stat field 22
  std::string boot_id;
  std::string user;
  std::string command;  ///< "deploy"
  std::string since;    ///< RFC 3339 UTC
};

/// `LockOwner::command` of a watcher.
inline constexpr const char* watcher_name = "watcher";

/// A held lock; releasing is its destruction (flock: the kernel frees it at death).
class StackLock {
 public:
  virtual ~StackLock() = default;
};

/// A process of its own that recovers the stack when its deployer is gone: destroyed without
/// `dismiss` (also by the death of this process) it goes to work.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// The deployment has ended: nothing is left to watch.
  virtual void dismiss() = 0;
};

/// Where the state is, for people on another machine.
struct StatePlace {
  std::string folder;
  std::string host;  ///< the machine's name
};

/// The machine that Landfast runs on.
class Host {
 public:
  virtual ~Host() = default;
  /// Free bytes of the filesystem that holds `path`.
  virtual Result<std::uint64_t> free_disk(std::string path) = 0;
  virtual Result<std::uint64_t> free_memory() = 0;
  /// TCP and UDP ports that are listened on in this host's network; `holder` is empty.
  virtual Result<std::vector<PortHolder>> listening_ports() = 0;
  /// Fills `holder` ("process nginx (pid 812)") of those that a process holds. Looks at every
  /// process of the host: only for ports that are in the way.
  virtual void name_holders(std::vector<PortHolder>& ports) = 0;
  /// Takes the stack's lock at once, or fails with `locked` naming the owner; retryable where that
  /// is a watcher, which ends by itself soon.
  virtual Result<std::unique_ptr<StackLock>> lock(std::string stack, LockOwner me) = 0;
  /// Waits for the lock.
  virtual Task<Result<std::unique_ptr<StackLock>>> lock_when_free(std::string stack,
                                                                  LockOwner me) = 0;
  /// Starts the watcher of a deployment that this process is about to begin; see run/watcher.h for
  /// what it does.
  virtual Result<std::unique_ptr<Watcher>> start_watcher(std::string stack) = 0;
  /// This process as an owner: pid, start time, boot id, the user (under sudo the caller).
  virtual LockOwner self(std::string command) = 0;
  virtual StatePlace state_place() = 0;
  /// Sets aside a few MiB of the state's filesystem for an undo on a full disk; at once where they
  /// are set aside already. Fails where there is no room for them.
  virtual Status reserve_disk() = 0;
  /// Gives them back: from now on there is room for what the undo writes.
  virtual void release_reserve() = 0;
  /// Writes `bytes` durably below the state's `mounted/<stack>/`, named by the digest; returns the
  /// absolute path. The folder is 0700, the file 0444 (a container of any user reads it).
  virtual Result<std::string> keep_mounted_file(std::string stack, std::string digest,
                                                std::string bytes) = 0;
  /// The bytes of such a file; `not_found`.
  virtual Result<Secret> mounted_file(std::string stack, std::string digest) = 0;
  /// Removes the stack's copies of mounted files; those of `keep` (digests) stay. What is not there
  /// is no error.
  virtual Status drop_mounted_files(std::string stack, std::vector<std::string> keep) = 0;
};

}  // namespace landfast
