// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "plan/claim.h"
#include "run/run.h"

namespace landfast {

/// This journal as the owner of a stack.
[[nodiscard]] ClaimOwner claimant(const Ports& ports, const History& history);

/// Fails with `locked` where another journal claims the stack of this world.
[[nodiscard]] Status check_claim(const Ports& ports, const std::string& stack, const World& world,
                                 const History& history);

/// Claims the stack for this journal where the world shows no claim. The engine makes one volume of
/// a name only: where another journal was faster it is `locked`.
Task<Status> claim_stack(const Ports& ports, std::string stack, const World& world,
                         const History& history);

/// Sees to the container that holds the claim and `volumes` (sorted), made of one of these images:
/// it stays where it is as it should be. Another is made before it goes, so that all that is in
/// both is held at any instant.
Task<Status> keep(const Ports& ports, std::string stack, std::vector<std::string> image_ids,
                  std::vector<std::string> volumes);

/// As `keep`, for all volumes that are set aside in the stack, but for `except`; made of an image
/// of `world` where the container is not there yet.
Task<Status> hold_asides(const Ports& ports, std::string stack, const World& world,
                         std::string except);

/// Lets go of one volume; the claim and what else is held stay so.
Task<Status> stop_holding(const Ports& ports, std::string stack, std::string volume);

/// Removes the claim and what holds it, where they are this journal's.
Task<Status> release_claim(const Ports& ports, std::string stack);

}  // namespace landfast
