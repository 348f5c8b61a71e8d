// SPDX-License-Identifier: Apache-2.0
// The routed service of bench/cutover: answers every request with its VERSION, until SIGTERM.
#include <csignal>
#include <cstdlib>

#include "load/backend.h"

int main() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  const char* version = std::getenv("VERSION");
  landfast::load::Backend backend(version == nullptr ? "0" : version, "0.0.0.0", 3000);
  int signal = 0;
  sigwait(&ends, &signal);
  backend.leave();
  return 0;
}
