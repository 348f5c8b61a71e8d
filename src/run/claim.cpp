// SPDX-License-Identifier: Apache-2.0
#include "run/claim.h"

#include <algorithm>

#include "plan/guard_facts.h"

namespace landfast {
namespace {

/// The keep container, nullopt where there is none.
Task<Result<std::optional<Container>>> find_keep(const Ports& ports, const std::string& stack) {
  auto found = co_await ports.engine.container(keep_name(stack));
  if (found) co_return std::optional(std::move(*found));
  if (found.error().code == Code::not_found) co_return std::optional<Container>{};
  co_return fail(std::move(found).error());
}

bool is_as_it_should_be(const Container& keep, const std::string& stack,
                        const std::vector<std::string>& image_ids,
                        const std::vector<std::string>& volumes) {
  return kept_volumes(keep, stack) == volumes &&
         std::find(image_ids.begin(), image_ids.end(), keep.image_id) != image_ids.end();
}

}  // namespace

ClaimOwner claimant(const Ports& ports, const History& history) {
  auto place = ports.host.state_place();
  return {history.journal, std::move(place.folder), std::move(place.host)};
}

Status check_claim(const Ports& ports, const std::string& stack, const World& world,
                   const History& history) {
  return check_claim(world.volumes, stack, claimant(ports, history));
}

Task<Status> claim_stack(const Ports& ports, std::string stack, const World& world,
                         const History& history) {
  const auto me = claimant(ports, history);
  CO_TRY(const auto owner, claim_of(world.volumes, stack));
  if (owner) co_return check_claim(world.volumes, stack, me);
  CO_TRY_VOID(co_await ports.engine.create_volume(claim_body(stack, me)));
  CO_TRY(const auto volumes, co_await ports.engine.volumes());
  co_return check_claim(volumes, stack, me);
}

Task<Status> keep(const Ports& ports, std::string stack, std::vector<std::string> image_ids,
                  std::vector<std::string> volumes) {
  CO_TRY(const auto there, co_await find_keep(ports, stack));
  if (there && is_as_it_should_be(*there, stack, image_ids, volumes)) co_return Status{};
  if (image_ids.empty()) co_return Status{};
  CO_TRY(const auto image, co_await ports.engine.image(image_ids.front()));
  if (there) CO_TRY_VOID(co_await ports.engine.remove_container(there->id, false, false));
  auto body = keep_body(stack, image, volumes);
  CO_TRY_VOID(co_await ports.engine.create_container(keep_name(stack), std::move(body), ""));
  co_return Status{};
}

Task<Status> hold_asides(const Ports& ports, std::string stack, const World& world,
                         std::string except) {
  CO_TRY(const auto volumes, co_await ports.engine.volumes());
  auto held = asides_of(volumes, stack);
  std::erase(held, except);
  CO_TRY(const auto there, co_await find_keep(ports, stack));
  std::vector<std::string> images;
  if (there) images.push_back(there->image_id);
  for (const auto& c : world.containers) images.push_back(c.image_id);
  co_return co_await keep(ports, std::move(stack), std::move(images), std::move(held));
}

Task<Status> release_claim(const Ports& ports, std::string stack) {
  CO_TRY(const auto history, co_await ports.journal.history(stack));
  CO_TRY(const auto volumes, co_await ports.engine.volumes());
  CO_TRY(const auto owner, claim_of(volumes, stack));
  if (!owner || owner->journal != history.journal) co_return Status{};
  CO_TRY(const auto there, co_await find_keep(ports, stack));
  if (there) CO_TRY_VOID(co_await ports.engine.remove_container(there->id, false, false));
  co_return co_await ports.engine.remove_volume(claim_name(stack));
}

}  // namespace landfast
