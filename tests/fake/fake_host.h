// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "port/clock.h"
#include "port/host.h"

namespace landfast {

/// A machine in memory: its facts are members that a test sets. A lock that its owner's frames drop
/// is free at once, as flock is at the death of a process.
class FakeHost : public Host {
 public:
  explicit FakeHost(Clock& clock) : clock_(clock), locks_(std::make_shared<Locks>()) {}

  std::uint64_t disk = std::uint64_t{100} << 30;
  std::uint64_t memory = std::uint64_t{8} << 30;
  std::vector<PortHolder> ports;               ///< `holder` is told by name_holders only
  std::map<std::string, std::string> mounted;  ///< path → bytes
  bool reserved = false;
  std::optional<Error> reserve_error;  ///< what reserve_disk returns instead
  std::optional<Error> mount_error;    ///< what keep_mounted_file returns instead
  std::optional<Error> watcher_error;  ///< what start_watcher returns instead

  /// Called with the stack where a watcher goes undismissed: its deployer is dead or gave up.
  /// Called from a destructor: it may only note the fact.
  using OnOrphaned = std::function<void(const std::string& stack)>;
  void on_orphaned(OnOrphaned call) { *on_orphaned_ = std::move(call); }

  Result<std::uint64_t> free_disk(std::string path) override;
  Result<std::uint64_t> free_memory() override;
  Result<std::vector<PortHolder>> listening_ports() override;
  void name_holders(std::vector<PortHolder>& list) override;
  Result<std::unique_ptr<StackLock>> lock(std::string stack, LockOwner me) override;
  Task<Result<std::unique_ptr<StackLock>>> lock_when_free(std::string stack, LockOwner me) override;
  Result<std::unique_ptr<Watcher>> start_watcher(std::string stack) override;
  LockOwner self(std::string command) override;
  StatePlace state_place() override { return {"/state", "machine-1"}; }
  Status reserve_disk() override;
  void release_reserve() override { reserved = false; }
  Result<std::string> keep_mounted_file(std::string stack, std::string digest,
                                        std::string bytes) override;
  Result<Secret> mounted_file(std::string stack, std::string digest) override;
  Status drop_mounted_files(std::string stack, std::vector<std::string> keep) override;

 private:
  /// What a held lock shares with the host, so that either may go first.
  struct Locks {
    std::map<std::string, LockOwner> held;
    std::map<std::string, std::shared_ptr<Signal>> freed;
  };
  class Held;
  class Watching;
  std::shared_ptr<OnOrphaned> on_orphaned_ = std::make_shared<OnOrphaned>();
  Clock& clock_;
  std::shared_ptr<Locks> locks_;
};

}  // namespace landfast
