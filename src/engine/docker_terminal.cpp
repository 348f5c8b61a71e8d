// SPDX-License-Identifier: Apache-2.0
#include "engine/docker.h"

namespace landfast {

Task<Result<int>> DockerEngine::exec_interactive(InteractiveRequest) {
  co_return fail(Code::unsupported, "not yet");
}
Task<Result<int>> DockerEngine::run_attached(InteractiveRequest) {
  co_return fail(Code::unsupported, "not yet");
}

}  // namespace landfast
