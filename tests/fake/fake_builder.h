// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fake/fake_engine_daemon.h"
#include "port/builder.h"

namespace landfast {

/// What building one tag gives. Two builds with an equal `source` give the same image id, as the
/// layer cache of a real builder does.
struct FakeBuild {
  std::string source = "1";
  FakeImage image;
  std::chrono::nanoseconds takes = std::chrono::seconds(1);
  std::string error;        ///< the build fails with this text
  std::string unsupported;  ///< `check` refuses with this text
};

/// Builds images into a FakeDaemon.
class FakeBuilder : public Builder {
 public:
  FakeBuilder(SimulatedClock& clock, FakeDaemon& daemon) : clock_(clock), daemon_(daemon) {}

  Task<Status> check(BuildRequest request) override;
  Task<Status> build(BuildRequest request, OnImageProgress progress) override;

  std::map<std::string, FakeBuild> builds;  ///< by tag; a tag that is absent fails
  std::vector<std::string> built;           ///< tags, in order

 private:
  SimulatedClock& clock_;
  FakeDaemon& daemon_;
  std::map<std::pair<std::string, std::string>, std::string> ids_;  ///< tag and source → id
};

}  // namespace landfast
