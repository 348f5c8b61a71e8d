// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "app/surroundings.h"
#include "engine/endpoint.h"
#include "io/loop.h"
#include "port/edge.h"
#include "run/run.h"

namespace landfast {

/// The real ports, each made when it is first asked for and kept: a command that needs no journal
/// opens none. With LANDFAST_CRASH_LOG or LANDFAST_CRASH_AT set, the ports that change something
/// are wrapped for the crash tests.
class Wiring {
 public:
  explicit Wiring(const Surroundings& around);
  ~Wiring();
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;

  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] Clock& clock();
  /// Where the engine is, as the docker CLI would choose; `invalid` for a bad DOCKER_HOST.
  [[nodiscard]] Result<DockerEndpoint> endpoint();
  [[nodiscard]] Result<Engine*> engine();
  /// The state folder is made where it is absent.
  [[nodiscard]] Result<Journal*> journal();
  [[nodiscard]] Result<Host*> host();
  [[nodiscard]] Result<Edge*> edge();
  [[nodiscard]] Result<const Ports*> ports();
  /// Where the state is kept; made where it is absent.
  [[nodiscard]] Result<std::string> state_dir();

 private:
  struct Made;
  const Surroundings& around_;
  Loop loop_;
  std::unique_ptr<Made> made_;  // goes before the loop
};

}  // namespace landfast
