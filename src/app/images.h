// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "app/call.h"
#include "model/project.h"

namespace landfast {

/// An image that a service uses, and what is to be done to have it fresh.
struct ImageWork {
  Step step;  ///< pull_image or build_image; `name` is the reference
  std::string platform;
  BuildRequest build;
};

/// Which images this call resolves again: all of `services` (empty: all) with --pull and for
/// update, else those whose pull_policy is always; builds with --build and for pull_policy build.
/// A reference with a digest never moves.
[[nodiscard]] std::vector<ImageWork> images_to_refresh(const Project& project,
                                                       const Arguments& arguments);

/// The work of getting an image that is not there.
[[nodiscard]] ImageWork missing_image(const Project& project, const Service& service);

/// Reference → id that it had before.
using MovedTags = std::map<std::string, std::string>;

/// Does the work side by side, shown as events. On an error and after Ctrl-C the tags that have
/// moved are put back.
Task<Result<MovedTags>> refresh_images(Call call, std::vector<ImageWork> work);

/// Whether the plan's builds can be done here, before anything is touched; the error names the line
/// of the Dockerfile that cannot.
Task<Status> check_builds(Call call, const Project& project, const Plan& plan);

/// Puts tags back that a refresh has moved, for a deployment that will not be.
Task<void> put_tags_back(Call call, MovedTags moved);

}  // namespace landfast
