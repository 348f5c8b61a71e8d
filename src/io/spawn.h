// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/types.h>

#include "base/result.h"
#include "io/process.h"

namespace landfast {

/// A file descriptor that closes itself.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset() { OwnedFd(std::move(*this)); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A started child: its pid is not reaped before `pidfd` was waited for.
struct Spawned {
  pid_t pid = -1;
  OwnedFd pidfd;
  OwnedFd input, output, errors;  ///< our ends; `input` only where there are bytes for it
};

/// Starts the program in a process group of its own. Errors as `run_process`.
[[nodiscard]] Result<Spawned> spawn(const ProcessRequest& request);

/// Starts the program in a session of its own, as no child of ours: it outlives this process and
/// its terminal. Its output goes nowhere; its stdin is a pipe whose other end is returned, so that
/// it sees our end, however that comes. Of the request only argv, environment and folder count.
[[nodiscard]] Result<OwnedFd> spawn_detached(const ProcessRequest& request);

}  // namespace landfast
