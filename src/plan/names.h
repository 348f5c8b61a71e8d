// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "model/generation_name.h"
#include "model/project.h"
#include "model/world.h"

namespace landfast {

/// Labels that Landfast puts on what it makes; all begin with `landfast.`.
namespace label {
inline constexpr const char* project = "com.docker.compose.project";
inline constexpr const char* service = "com.docker.compose.service";
inline constexpr const char* number = "com.docker.compose.container-number";
inline constexpr const char* one_off = "com.docker.compose.oneoff";
inline constexpr const char* config_hash = "com.docker.compose.config-hash";
inline constexpr const char* depends_on = "com.docker.compose.depends_on";
inline constexpr const char* working_dir = "com.docker.compose.project.working_dir";
inline constexpr const char* config_files = "com.docker.compose.project.config_files";
inline constexpr const char* environment_file = "com.docker.compose.project.environment_file";
inline constexpr const char* deployment = "landfast.deployment";
inline constexpr const char* content = "landfast.content";
inline constexpr const char* hooks = "landfast.hooks";  ///< post_start and pre_stop, as JSON
inline constexpr const char* role = "landfast.role";    ///< claim, keep, fence, aside, edge
inline constexpr const char* edge = "landfast.edge";    ///< on an edge's container: its name
/// On a volume that Landfast set aside: the name of the volume whose data it keeps.
inline constexpr const char* of = "landfast.of";
/// On such a volume: how many of the same volume stay once its deployment has committed.
inline constexpr const char* keeps = "landfast.keeps";
inline constexpr const char* why = "landfast.why";  ///< one sentence for people
inline constexpr const char* stack = "landfast.stack";
inline constexpr const char* journal = "landfast.journal";  ///< id of the journal that claims
inline constexpr const char* state = "landfast.state";      ///< its folder
inline constexpr const char* host = "landfast.host";        ///< the machine that it is on
}  // namespace label

/// The name of a new one beside the old: `<name>.lf-<deployment>`.
[[nodiscard]] std::string beside_name(const std::string& name, std::int64_t deployment);
/// The name of the old one once the new serves: `<name>.lf-was-<deployment>`.
[[nodiscard]] std::string was_name(const std::string& name, std::int64_t deployment);

/// The network that guarded data is attached to until the commit: one for each deployment.
[[nodiscard]] std::string fence_name(const std::string& stack, std::int64_t deployment);
/// Whether a network is a fence of the stack, of any deployment.
[[nodiscard]] bool is_fence(const std::string& stack, std::string_view network);
/// The volume that is set aside for `volume`: `<volume>.lf-<deployment>`.
[[nodiscard]] std::string aside_name(const std::string& volume, std::int64_t deployment);

/// Number label of a container, 1 where it is absent or damaged.
[[nodiscard]] int container_number(const Container& container);

}  // namespace landfast
