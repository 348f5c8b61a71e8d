// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <exception>

#include "app/program.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return landfast::run_program({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    // Errors are values everywhere else: what arrives here is a bug or memory that ran out.
    landfast::report_defect(error.what());
  }
  return 1;
}
