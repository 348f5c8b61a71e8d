// SPDX-License-Identifier: Apache-2.0
#include "app/crash_points.h"

namespace landfast {

Result<std::string> CrashPointFiles::inputs(std::string stack, std::int64_t deployment) {
  return inner_.inputs(std::move(stack), deployment);
}
Result<std::vector<std::int64_t>> CrashPointFiles::kept_inputs(std::string stack) {
  return inner_.kept_inputs(std::move(stack));
}
Result<std::vector<SavedLog>> CrashPointFiles::logs(std::int64_t deployment) {
  return inner_.logs(deployment);
}

Status CrashPointFiles::keep_inputs(std::string stack, std::int64_t deployment,
                                    std::string sealed) {
  return CrashPoints::pass_around_now({points_, "keep_inputs", stack, true}, [&] {
    return inner_.keep_inputs(stack, deployment, std::move(sealed));
  });
}

Status CrashPointFiles::drop_inputs(std::string stack, std::int64_t deployment) {
  return CrashPoints::pass_around_now({points_, "drop_inputs", stack, true},
                                      [&] { return inner_.drop_inputs(stack, deployment); });
}

Status CrashPointFiles::keep_log(std::int64_t deployment, SavedLog log) {
  return CrashPoints::pass_around_now({points_, "keep_log", log.container, true},
                                      [&] { return inner_.keep_log(deployment, std::move(log)); });
}

Status CrashPointFiles::drop_old_logs(std::size_t newest) {
  return CrashPoints::pass_around_now({points_, "drop_old_logs", "", true},
                                      [&] { return inner_.drop_old_logs(newest); });
}

}  // namespace landfast
