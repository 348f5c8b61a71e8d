// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/world.h"
#include "plan/create_body.h"

namespace landfast {

enum class Change : std::uint8_t { changed, added, removed };

/// One attribute in which a container is not what its file wants.
struct Difference {
  std::string path;  ///< in Compose's words: "image", "environment.LOG_LEVEL", "ports"
  Change change = Change::changed;
  std::string from, to;  ///< what is there and what is wanted; both "" where values stay unsaid
  bool live = false;     ///< the restart policy: it can be set without a new container
};

/// "ports: 127.0.0.1:3000:80/tcp → 127.0.0.1:3001:80/tcp", "environment.DB_PASSWORD changed".
/// Never a value of environment, labels, command, health check, annotations or logging options.
[[nodiscard]] std::string to_string(const Difference& difference);

/// Host path → SHA-256 of its content, for configs and secrets: two sources with one digest are the
/// same mount. Paths such as …/mounted/<stack>/<digest> say their digest themselves.
using FileDigests = std::map<std::string, std::string>;

/// The digests of the project's file-based configs and secrets.
[[nodiscard]] FileDigests file_digests(const Project& project);

/// What of `actual` is not as `wanted` would make it, defaults of the engine and of the image
/// filled in (Engine API v1.41 and up, ContainerInspect). `image_of_container` is that of
/// `actual`; nullptr where it is gone: what it may have given is then not compared. An equal
/// config hash is a shortcut for yes; what it does not cover is compared all the same: image,
/// content of mounts, namespaces, attached networks, restart policy. Sorted by path.
[[nodiscard]] std::vector<Difference> differences(const CreateRequest& wanted,
                                                  const Container& actual,
                                                  const Image* image_of_container,
                                                  const EngineFacts& engine,
                                                  const FileDigests& digests = {});

}  // namespace landfast
