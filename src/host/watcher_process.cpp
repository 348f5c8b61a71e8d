// SPDX-License-Identifier: Apache-2.0
#include "host/watcher_process.h"

#include <unistd.h>

#include <cerrno>

#include "io/spawn.h"

namespace landfast {
namespace {

/// Its pipe closes with this process, however it ends: that is what the watcher waits for.
class WatcherProcess : public Watcher {
 public:
  explicit WatcherProcess(OwnedFd pipe) : pipe_(std::move(pipe)) {}
  void dismiss() override {
    // One that is gone has nothing to be told.
    [[maybe_unused]] const auto told = ::write(pipe_.get(), &watcher_dismissed, 1);
    pipe_.reset();
  }

 private:
  OwnedFd pipe_;
};

class NoWatcher : public Watcher {
 public:
  void dismiss() override {}
};

}  // namespace

Result<std::unique_ptr<Watcher>> start_watcher_process(const WatcherCommand& command,
                                                       const std::string& stack) {
  if (command.argv.empty()) return std::make_unique<NoWatcher>();
  ProcessRequest request(command.argv);
  request.argv.push_back(stack);
  request.environment = command.environment;
  request.working_dir = "/";  // it must not hold a folder or a mount
  TRY(auto pipe, spawn_detached(request));
  return std::make_unique<WatcherProcess>(std::move(pipe));
}

bool deployer_is_gone(int input) {
  for (;;) {
    char byte = 0;
    const auto size = ::read(input, &byte, 1);
    if (size < 0 && errno == EINTR) continue;
    return size <= 0 || byte != watcher_dismissed;
  }
}

}  // namespace landfast
