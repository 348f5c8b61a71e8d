// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_deployment_files.h"

namespace landfast {

Status FakeDeploymentFiles::keep_inputs(std::string stack, std::int64_t deployment,
                                        std::string bytes) {
  if (keep_error) return fail(*keep_error);
  sealed[{std::move(stack), deployment}] = std::move(bytes);
  return {};
}

Result<std::string> FakeDeploymentFiles::inputs(std::string stack, std::int64_t deployment) {
  const auto it = sealed.find({std::move(stack), deployment});
  if (it == sealed.end()) return fail(Code::not_found, "there are no inputs");
  return it->second;
}

Result<std::vector<std::int64_t>> FakeDeploymentFiles::kept_inputs(std::string stack) {
  std::vector<std::int64_t> numbers;
  for (const auto& [key, bytes] : sealed)
    if (key.first == stack) numbers.push_back(key.second);
  return numbers;
}

Status FakeDeploymentFiles::drop_inputs(std::string stack, std::int64_t deployment) {
  sealed.erase({std::move(stack), deployment});
  return {};
}

Status FakeDeploymentFiles::keep_log(std::int64_t deployment, SavedLog log) {
  if (keep_error) return fail(*keep_error);
  if (log.text.size() > log_limit) log.text.erase(0, log.text.size() - log_limit);
  texts[deployment][log.container] = std::move(log.text);
  return {};
}

Result<std::vector<SavedLog>> FakeDeploymentFiles::logs(std::int64_t deployment) {
  std::vector<SavedLog> list;
  const auto it = texts.find(deployment);
  if (it == texts.end()) return list;
  for (const auto& [container, text] : it->second) list.push_back({container, text});
  return list;
}

Status FakeDeploymentFiles::drop_old_logs(std::size_t newest) {
  while (texts.size() > newest) texts.erase(texts.begin());
  return {};
}

}  // namespace landfast
