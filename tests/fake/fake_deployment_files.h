// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "port/deployment_files.h"

namespace landfast {

/// Deployment files in memory.
class FakeDeploymentFiles : public DeploymentFiles {
 public:
  std::map<std::pair<std::string, std::int64_t>, std::string> sealed;  ///< stack, deployment
  std::map<std::int64_t, std::map<std::string, std::string>> texts;    ///< deployment, container
  std::optional<Error> keep_error;  ///< what the writes return instead

  Status keep_inputs(std::string stack, std::int64_t deployment, std::string bytes) override;
  Result<std::string> inputs(std::string stack, std::int64_t deployment) override;
  Result<std::vector<std::int64_t>> kept_inputs(std::string stack) override;
  Status drop_inputs(std::string stack, std::int64_t deployment) override;
  Status keep_log(std::int64_t deployment, SavedLog log) override;
  Result<std::vector<SavedLog>> logs(std::int64_t deployment) override;
  Status drop_old_logs(std::size_t newest) override;
};

}  // namespace landfast
