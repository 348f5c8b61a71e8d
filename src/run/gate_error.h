// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"
#include "io/task.h"
#include "port/engine.h"

namespace landfast {

/// The error of a failed gate: `text`, and in `trace` the output of what was asked (where that is
/// empty the engine's last health output) and the last 20 log lines of the container, made safe for
/// a terminal.
Task<Error> gate_error(Engine& engine, std::string container, std::string text, std::string output,
                       std::string output_head = "last health output:");

}  // namespace landfast
