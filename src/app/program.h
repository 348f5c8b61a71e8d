// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace landfast {

/// One call of landfast from its words to its exit code.
int run_program(const std::vector<std::string>& words);

/// What the user sees of an exception that nothing caught.
void report_defect(const std::string& what);

}  // namespace landfast
