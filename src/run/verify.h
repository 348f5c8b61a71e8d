// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "io/task.h"
#include "plan/verify_check.h"
#include "run/run.h"

namespace landfast {

struct VerifyRequest {
  const Project& project;
  const VerifyCheck& check;
  std::chrono::nanoseconds limit = std::chrono::seconds(30);
  Signal* stop = nullptr;
  std::function<void(const std::string&)> waiting;  ///< told the last answer that was not right
};

/// Asks until the check passes; returns the answer in a few words. Fails with the last answer,
/// bounded and without secrets, when the limit is over.
Task<Result<std::string>> await_check(const Ports& ports, VerifyRequest request);

}  // namespace landfast
