// SPDX-License-Identifier: Apache-2.0
#include "app/exit_status.h"

namespace landfast {

ExitStatus exit_status(const Error& error) {
  switch (error.code) {
  case Code::invalid:
    return ExitStatus::bad_usage;
  case Code::cancelled:
    return ExitStatus::undone;
  case Code::locked:
    return ExitStatus::locked;
  case Code::stuck:
    return ExitStatus::stuck;
  case Code::failed:
  case Code::not_found:
  case Code::conflict:
  case Code::unavailable:
  case Code::unsupported:
  case Code::timeout:
  case Code::corrupt:
    break;
  }
  return ExitStatus::failed;
}

ExitStatus exit_status(const RunReport& report) {
  if (report.state == DeploymentState::stuck) return ExitStatus::stuck;
  if (!report.error) return ExitStatus::done;
  if (report.state == DeploymentState::undone) return ExitStatus::undone;
  const auto status = exit_status(*report.error);
  // The work had begun: what the engine found invalid then is a failure, not bad usage.
  return status == ExitStatus::bad_usage ? ExitStatus::failed : status;
}

}  // namespace landfast
