// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "io/task.h"
#include "port/engine.h"

namespace landfast {

/// A secret of `build.secrets`: a file, or a value (of a variable, or written inline).
struct BuildSecret {
  std::string id;    ///< what the Dockerfile's RUN --mount=type=secret names
  std::string file;  ///< absolute, "" where `value` is given
  std::optional<Secret> value;
};

struct BuildRequest {
  std::string service;
  std::string tag;            ///< reference that the image gets
  boost::json::object build;  ///< canonical `build` of the service
  std::string platform;
  std::vector<BuildSecret> secrets;
  bool no_cache = false;
  bool pull = false;
};

/// Builds images: the docker CLI's BuildKit where there is one, else the engine's build endpoint.
class Builder {
 public:
  virtual ~Builder() = default;
  /// What of this build the way at hand cannot do, at its Dockerfile line; asked at plan time.
  virtual Task<Status> check(BuildRequest request) = 0;
  /// Builds and tags; output lines go to `progress` (status = one line).
  virtual Task<Status> build(BuildRequest request, OnImageProgress progress) = 0;
};

}  // namespace landfast
