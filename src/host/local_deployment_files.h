// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "port/deployment_files.h"

namespace landfast {

/// Deployment files below one state directory (host/state_dir.h), which exists.
class LocalDeploymentFiles final : public DeploymentFiles {
 public:
  explicit LocalDeploymentFiles(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  Status keep_inputs(std::string stack, std::int64_t deployment, std::string sealed) override;
  Result<std::string> inputs(std::string stack, std::int64_t deployment) override;
  Result<std::vector<std::int64_t>> kept_inputs(std::string stack) override;
  Status drop_inputs(std::string stack, std::int64_t deployment) override;
  Status keep_log(std::int64_t deployment, SavedLog log) override;
  Result<std::vector<SavedLog>> logs(std::int64_t deployment) override;
  Status drop_old_logs(std::size_t newest) override;

 private:
  [[nodiscard]] std::string releases(const std::string& stack) const;
  [[nodiscard]] std::string deployments(std::int64_t deployment) const;
  std::string state_dir_;
};

}  // namespace landfast
