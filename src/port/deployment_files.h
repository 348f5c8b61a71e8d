// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace landfast {

/// A container's log that was saved before an undo removed it.
struct SavedLog {
  std::string container;  ///< its name
  std::string text;       ///< redacted
};

/// What the state directory keeps of deployments beside the journal: the sealed inputs of releases,
/// `releases/<stack>/<deployment>`, and logs, `deployments/<deployment>/<container>.log`. Writes
/// are durable and whole when they return; files are 0600. Removals touch only names of these
/// forms.
class DeploymentFiles {
 public:
  virtual ~DeploymentFiles() = default;

  /// Keeps the sealed inputs of a deployment that is about to be committed; again: replaces them.
  virtual Status keep_inputs(std::string stack, std::int64_t deployment, std::string sealed) = 0;
  /// `not_found` where there are none.
  virtual Result<std::string> inputs(std::string stack, std::int64_t deployment) = 0;
  /// The deployments of which inputs are kept, ascending.
  virtual Result<std::vector<std::int64_t>> kept_inputs(std::string stack) = 0;
  /// Succeeds too where there are none.
  virtual Status drop_inputs(std::string stack, std::int64_t deployment) = 0;

  /// Keeps a log; a longer one than `log_limit` loses its beginning.
  virtual Status keep_log(std::int64_t deployment, SavedLog log) = 0;
  /// Those of one deployment, by container; empty where there are none.
  virtual Result<std::vector<SavedLog>> logs(std::int64_t deployment) = 0;
  /// Removes the logs of all deployments but the `newest` newest of those that have any.
  virtual Status drop_old_logs(std::size_t newest) = 0;

  static constexpr std::size_t log_limit = std::size_t{1} << 20;      ///< bytes of one log
  static constexpr std::size_t inputs_limit = std::size_t{64} << 20;  ///< bytes, sealed
};

}  // namespace landfast
