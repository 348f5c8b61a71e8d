// SPDX-License-Identifier: Apache-2.0
#include "run/release_keeping.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "model/kept_image.h"

namespace landfast {
namespace {

/// What tasks that run side by side share.
struct Shared {
  std::optional<Error> error{};
  bool found = false;

  void take(Status status) {
    if (!status && !error) error = std::move(status).error();
  }
  [[nodiscard]] Status status() const {
    if (error) return fail(*error);
    return {};
  }
};

Task<void> keep_image(const Ports& ports, std::string id, std::string name, Shared& shared) {
  shared.take(co_await ports.engine.tag_image(std::move(id), std::move(name)));
}

/// A tag that a container holds alone is left: its image is in use.
Task<void> drop_image(const Ports& ports, std::string name, Shared& shared) {
  const auto image = co_await ports.engine.image(name);
  if (!image && image.error().code == Code::not_found) co_return;
  shared.found = true;
  if (!image) co_return shared.take(fail(image.error()));
  auto removed = co_await ports.engine.remove_image(std::move(name));
  if (!removed && removed.error().code != Code::conflict) shared.take(std::move(removed));
}

/// From the newest release that is too old downwards, until one of which nothing is left.
Task<Status> drop_old_images(const Ports& ports, const std::string& stack,
                             const std::vector<Release>& releases) {
  for (std::size_t i = releases_with_images; i < releases.size(); ++i) {
    Shared shared;
    TaskGroup group;
    for (const auto& [service, kept] : releases[i].services)
      group.spawn(drop_image(ports, kept_image_name(stack, service, releases[i].number), shared));
    co_await group.join();
    CO_TRY_VOID(shared.status());
    if (!shared.found) break;
  }
  co_return Status{};
}

Status drop_old_inputs(const Ports& ports, const std::string& stack,
                       const std::vector<Release>& releases) {
  std::set<std::int64_t> wanted;
  for (std::size_t i = 0; i < std::min(releases.size(), releases_with_inputs); ++i)
    wanted.insert(releases[i].deployment);
  TRY(const auto kept, ports.files.kept_inputs(stack));
  for (const auto deployment : kept)
    if (!wanted.contains(deployment)) TRY_VOID(ports.files.drop_inputs(stack, deployment));
  return {};
}

}  // namespace

Task<Result<std::string>> keep_record(const Ports& ports, std::string stack,
                                      std::int64_t deployment, const Secret& record) {
  if (record.empty()) co_return std::string{};
  auto sealed = ports.seal.seal(record);
  if (!sealed)
    co_return fail(wrap(std::move(sealed).error(), "the inputs of the release cannot be sealed"));
  auto digest = sha256_hex(*sealed);
  auto kept = ports.files.keep_inputs(std::move(stack), deployment, std::move(*sealed));
  if (!kept)
    co_return fail(wrap(std::move(kept).error(), "the inputs of the release cannot be kept"));
  co_return digest;
}

Result<Secret> open_record(const Ports& ports, const std::string& stack, const Release& release) {
  if (release.inputs_digest.empty())
    return fail(Code::not_found,
                fmt::format("{} was made before landfast kept its inputs", release_name(release)));
  auto sealed = ports.files.inputs(stack, release.deployment);
  if (!sealed && sealed.error().code == Code::not_found)
    return fail(Code::not_found,
                fmt::format("the inputs of {} are not kept any longer", release_name(release)));
  if (!sealed) return fail(std::move(sealed).error());
  if (sha256_hex(*sealed) != release.inputs_digest)
    return fail(Code::corrupt,
                fmt::format("the kept inputs of {} are not those that were committed",
                            release_name(release)),
                "put the state directory back from one backup, journal and releases together");
  return ports.seal.open(*sealed);
}

Task<Status> keep_images(const Ports& ports, std::string stack, std::int64_t number,
                         const Release& release) {
  Shared shared;
  TaskGroup group;
  for (const auto& [service, released] : release.services)
    if (!released.image_id.empty())
      group.spawn(
          keep_image(ports, released.image_id, kept_image_name(stack, service, number), shared));
  co_await group.join();
  co_return shared.status();
}

Task<Status> drop_old_releases(const Ports& ports, std::string stack) {
  CO_TRY(const auto releases, co_await ports.journal.releases(stack));
  CO_TRY_VOID(drop_old_inputs(ports, stack, releases));
  co_return co_await drop_old_images(ports, stack, releases);
}

}  // namespace landfast
