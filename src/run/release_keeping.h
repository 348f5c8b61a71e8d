// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "run/run.h"

namespace landfast {

inline constexpr std::size_t releases_with_images = 5;   ///< whose images are kept
inline constexpr std::size_t releases_with_inputs = 50;  ///< whose sealed inputs are kept

/// Seals the record of a deployment's inputs and keeps it; returns the digest of the sealed bytes,
/// "" where there is no record. To be done before the commit record that names it.
Task<Result<std::string>> keep_record(const Ports& ports, std::string stack,
                                      std::int64_t deployment, const Secret& record);

/// Opens what was kept of a release: `not_found` where there is nothing, `corrupt` where it is not
/// what the journal says.
[[nodiscard]] Result<Secret> open_record(const Ports& ports, const std::string& stack,
                                         const Release& release);

/// Tags the images of a release that is about to be committed as `number`, so that nothing which
/// removes unused ones takes them.
Task<Status> keep_images(const Ports& ports, std::string stack, std::int64_t number,
                         const Release& release);

/// Removes what is not kept any longer: our tags of releases older than `releases_with_images`, and
/// inputs of deployments that made no release or an old one. An image in use stays.
Task<Status> drop_old_releases(const Ports& ports, std::string stack);

}  // namespace landfast
