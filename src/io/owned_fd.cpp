// SPDX-License-Identifier: Apache-2.0
#include "io/owned_fd.h"

#include <unistd.h>

namespace landfast {

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace landfast
