// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"

namespace landfast {

struct ProcessRequest {
  explicit ProcessRequest(std::vector<std::string> arguments) : argv(std::move(arguments)) {}
  std::vector<std::string> argv;  ///< argv[0] is looked up in PATH unless it has a slash
  std::optional<std::map<std::string, std::string>> environment;  ///< nullopt: this process's
  std::string working_dir;
  std::string input;                    ///< bytes for stdin; empty: /dev/null
  std::string run_as;                   ///< user name, "" for this process's own
  std::size_t output_limit = 1u << 20;  ///< bytes kept of each stream, the last ones
  /// Called with each piece of output as it comes; `errors` tells stderr.
  std::function<void(std::string_view bytes, bool errors)> on_output;
};

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal where a signal ended it
  std::string output, errors;
  bool cut = false;  ///< more than `output_limit` came
};

/// Runs a program to its end, without a shell, in a process group of its own; nothing but its three
/// streams is inherited. If the waiting frame is dropped the whole group is killed.
/// Errors: `not_found` (no such program), `failed` (cannot start it).
Task<Result<ProcessResult>> run_process(Loop& loop, ProcessRequest request);

/// The absolute paths of executables called `name` along `path` (PATH), in its order.
[[nodiscard]] std::vector<std::string> find_programs(std::string_view name, std::string_view path);

}  // namespace landfast
