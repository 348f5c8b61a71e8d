// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// What the service's file does not say and a create request needs.
struct BodyContext {
  const Project& project;
  const EngineFacts& engine;
  std::string container_name;  ///< the serving name; it becomes an alias on every network
  int number = 1;              ///< 1-based
  std::string image;           ///< reference or id for `Image`
  std::string image_id;        ///< label com.docker.compose.image
  std::string config_hash;     ///< label com.docker.compose.config-hash
  /// Service → container id: for `service:X` namespaces and `volumes_from`.
  std::map<std::string, std::string> service_containers{};
  /// Digest → host path of our copy, for configs and secrets. One that is absent here is mounted
  /// from the user's path, which is right for comparing and for `config`, never for a deploy.
  std::map<std::string, std::string> mounted_files{};
  /// Target → volume of the container that is replaced.
  std::map<std::string, std::string> inherited_anonymous_volumes{};
  bool one_off = false;  ///< `run`: no ports, no service alias
  /// Its name in the stack's edge network, where an edge carries its traffic; published ports that
  /// a route takes over are then not its own. "": it is not behind an edge.
  std::string edge_alias{};
  std::string restart_override{};                     ///< "no" at first; "": the file's policy
  std::map<std::string, std::string> extra_labels{};  ///< landfast.*
  std::string tool = "landfast";                      ///< label com.docker.compose.version
};

/// A network that the engine takes only after the creation (API < 1.44: one endpoint at create).
struct EndpointToConnect {
  std::string network;           ///< name on the engine
  boost::json::object endpoint;  ///< EndpointConfig of POST /networks/{id}/connect
};

/// A file for PUT /containers/{id}/archive, before the start.
struct FileToPut {
  std::string target;  ///< absolute path in the container
  Secret content;
  std::uint32_t mode = 0444;
  std::uint32_t uid = 0, gid = 0;
};

/// All that makes one container.
struct CreateRequest {
  std::string name;          ///< the serving name, as the context gave it
  boost::json::object body;  ///< POST /containers/create (Engine API v1.41 and up)
  std::string platform;      ///< its `platform` parameter, "" for the engine's own
  std::vector<EndpointToConnect> connect;
  std::vector<FileToPut> files;  ///< configs and secrets that cannot be mounted
  RestartPolicy restart_policy;  ///< the file's, whatever the body says
};

/// What Docker Compose 2.40.3 would send for this service, with our labels (compose.md §4.1, §4.10,
/// §4.11). Errors: `not_found` where a service whose namespace or volumes it shares has no
/// container, `invalid` for what Compose refuses as well, `unsupported` for this engine.
[[nodiscard]] Result<CreateRequest> create_request(const Service& service,
                                                   const BodyContext& context);

/// A config or secret whose copy must be in `BodyContext::mounted_files` before a deploy.
struct FileToCopy {
  std::string digest;
  Secret content;
};

/// What the service mounts as files: file-based configs and secrets, and for a read_only service
/// the others too, which cannot be put into it. Each digest once; content that was not read is left
/// out.
[[nodiscard]] std::vector<FileToCopy> files_to_copy(const Project& project, const Service& service);

/// The file's policy: `deploy.restart_policy` before `restart`; name "" where neither is there.
[[nodiscard]] RestartPolicy restart_policy(const Service& service);

/// Names of the service's containers: container_name, or `<project>-<service>-<n>`.
[[nodiscard]] std::string container_name(const Project& project, const Service& service,
                                         int number);

/// Whether the engine speaks at least this version of the API, such as "1.44".
[[nodiscard]] bool api_at_least(const EngineFacts& engine, std::string_view version);

}  // namespace landfast
