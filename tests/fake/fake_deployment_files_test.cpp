// SPDX-License-Identifier: Apache-2.0
#include "fake/fake_deployment_files.h"

#include "conformance/deployment_files_suite.h"

namespace landfast {
namespace {

struct Owner {
  FakeDeploymentFiles own;
  DeploymentFiles& files() { return own; }
};

TEST_CASE("deployment files in memory: conformance") {
  conformance::deployment_files_suite([] { return Owner(); });
}

}  // namespace
}  // namespace landfast
