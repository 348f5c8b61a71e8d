// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "port/host.h"

namespace landfast {

class Loop;

/// How the watcher of a stack is started; without words there is none (LANDFAST_WATCHER=off).
struct WatcherCommand {
  std::vector<std::string> argv;  ///< the stack's name follows
  std::map<std::string, std::string> environment;
};

/// This machine, with the state below one folder (host/state_dir.h), which exists.
class LocalHost : public Host {
 public:
  LocalHost(std::string state_dir, Loop& loop, WatcherCommand watcher = {})
      : state_dir_(std::move(state_dir)), loop_(loop), watcher_(std::move(watcher)) {}

  Result<std::uint64_t> free_disk(std::string path) override;
  Result<std::uint64_t> free_memory() override;
  Result<std::vector<PortHolder>> listening_ports() override;
  void name_holders(std::vector<PortHolder>& ports) override;
  Result<std::unique_ptr<StackLock>> lock(std::string stack, LockOwner me) override;
  Task<Result<std::unique_ptr<StackLock>>> lock_when_free(std::string stack, LockOwner me) override;
  Result<std::unique_ptr<Watcher>> start_watcher(std::string stack) override;
  LockOwner self(std::string command) override;
  StatePlace state_place() override;
  Status reserve_disk() override;
  void release_reserve() override;
  Result<std::string> keep_mounted_file(std::string stack, std::string digest,
                                        std::string bytes) override;
  Result<Secret> mounted_file(std::string stack, std::string digest) override;
  Status drop_mounted_files(std::string stack, std::vector<std::string> keep) override;

 private:
  Result<std::string> folder(const std::string& name);
  std::string state_dir_;
  Loop& loop_;
  WatcherCommand watcher_;
};

}  // namespace landfast
