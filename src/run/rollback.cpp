// SPDX-License-Identifier: Apache-2.0
#include "run/rollback.h"

#include <fmt/format.h>

#include "model/kept_image.h"

namespace landfast {
namespace {

Task<Result<Image>> kept_image(const Ports& ports, std::string id, std::string name) {
  auto image = co_await ports.engine.image(id);
  if (image || image.error().code != Code::not_found) co_return image;
  image = co_await ports.engine.image(std::move(name));
  if (image && image->id != id) co_return fail(Code::not_found, "another image has its tag");
  co_return image;
}

Error gone(const Release& release, std::vector<std::string> missing) {
  Error e;
  e.code = Code::not_found;
  e.text = fmt::format("{} images of {} are not on this engine any longer", missing.size(),
                       release_name(release));
  if (missing.size() == 1)
    e.text = fmt::format("an image of {} is not on this engine any longer", release_name(release));
  e.trace = std::move(missing);
  e.hint =
      "load them (docker pull, docker load), or roll back to another release; nothing was "
      "touched";
  return e;
}

}  // namespace

Task<Result<KeptImages>> take_kept_images(const Ports& ports, const Project& project,
                                          const Release& release, World& world) {
  KeptImages kept;
  std::vector<std::string> missing;
  for (const auto& [name, service] : project.services) {
    const auto released = release.services.find(name);
    if (released == release.services.end() || released->second.image_id.empty()) continue;
    const auto& id = released->second.image_id;
    const auto now = world.images.find(service.image);
    if (now != world.images.end() && now->second.id == id) continue;
    auto image =
        co_await kept_image(ports, id, kept_image_name(project.name, name, release.number));
    if (!image && image.error().code != Code::not_found) co_return fail(std::move(image).error());
    // A reference with a digest names one image for ever: it cannot be moved to another.
    if (!image || service.image.find("@sha256:") != std::string::npos) {
      missing.push_back(fmt::format("{}: {} ({})", name, service.image, id));
      continue;
    }
    kept.wanted_tags[service.image] = id;
    if (now != world.images.end()) kept.moved_tags[service.image] = now->second.id;
    world.images[service.image] = std::move(*image);
  }
  if (!missing.empty()) co_return fail(gone(release, std::move(missing)));
  co_return kept;
}

std::string migration_since(const Release& target, const History& history,
                            const std::vector<Release>& releases) {
  for (const auto& run : runs_before(history)) {
    if (!run.migration || run.deployment <= target.deployment) continue;
    for (const auto& r : releases)
      if (r.deployment == run.deployment)
        return fmt::format("{} ({})", run.service, release_name(r));
  }
  return {};
}

}  // namespace landfast
