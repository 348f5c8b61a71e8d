// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"
#include "port/engine.h"

namespace landfast {

/// The worker processes of a nginx, by the folders of /proc in its container.
struct NginxWorkers {
  std::set<std::string> serving;   ///< that accept connections
  std::set<std::string> stopping;  ///< that end what they have in flight, and then themselves
};

/// A nginx in a container of the user, which is told what to do by commands in it. `unavailable`,
/// retryable, where it does not run; every call ends within some seconds.
class NginxProcess {
 public:
  NginxProcess(Loop& loop, Engine& engine, std::string container)
      : loop_(&loop), engine_(&engine), container_(std::move(container)) {}

  /// What `nginx -t` says of all its files; `invalid` with its words where it refuses them.
  Task<Result<std::string>> test();
  Task<Status> reload();
  Task<Result<NginxWorkers>> workers();
  /// What it answers on port 80 to that name: the body of a 200, else "".
  Task<Result<std::string>> said(std::string name, std::string path);

 private:
  Task<Result<ExecResult>> run(std::vector<std::string> command);

  Loop* loop_;
  Engine* engine_;
  std::string container_;
};

/// An address of a container from this host; "" where it has none.
[[nodiscard]] std::string reachable_address(const Container& container);
/// That of the container which has this name in one of its networks.
[[nodiscard]] std::string address_of_alias(const std::vector<Container>& containers,
                                           const std::string& alias);

}  // namespace landfast
