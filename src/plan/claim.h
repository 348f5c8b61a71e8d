// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/world.h"

namespace landfast {

/// Whose a stack is: a journal, and where it lies.
struct ClaimOwner {
  std::string journal;  ///< its id
  std::string state;    ///< the state directory
  std::string host;     ///< name of the machine that it is on
};

/// The volume that claims a stack for one journal, and the container, never started, that holds it
/// against `docker volume prune`. Neither has a label of Compose: it does not see them.
[[nodiscard]] std::string claim_name(const std::string& stack);
[[nodiscard]] std::string keep_name(const std::string& stack);

/// Whether it is that container, also one that stands in for it while it is replaced.
[[nodiscard]] bool is_keep(const Container& c, const std::string& stack);

/// Who claims the stack; nullopt where nobody does. A volume of that name without our labels is
/// `conflict`.
[[nodiscard]] Result<std::optional<ClaimOwner>> claim_of(const std::vector<VolumeState>& volumes,
                                                         const std::string& stack);

/// Fails with `locked`, telling where the owner is, when another journal claims the stack.
[[nodiscard]] Status check_claim(const std::vector<VolumeState>& volumes, const std::string& stack,
                                 const ClaimOwner& me);

/// Create body of the claim's volume.
[[nodiscard]] boost::json::object claim_body(const std::string& stack, const ClaimOwner& me);

/// Create body of the container that holds the claim and `volumes`. Its image's own volumes are
/// covered by the claim, so that none is made.
[[nodiscard]] boost::json::object keep_body(const std::string& stack, const Image& image,
                                            const std::vector<std::string>& volumes);

/// The volumes that a keep container holds, without the claim; sorted.
[[nodiscard]] std::vector<std::string> kept_volumes(const Container& keep,
                                                    const std::string& stack);

}  // namespace landfast
