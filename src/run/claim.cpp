// SPDX-License-Identifier: Apache-2.0
#include "run/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/guard_facts.h"
#include "plan/names.h"

namespace landfast {
namespace {

/// The keep container; more than one where its replacement was cut off.
Task<Result<std::vector<Container>>> find_keeps(const Ports& ports, const std::string& stack) {
  ContainerFilter all;
  all.brief = true;
  CO_TRY(auto found, co_await ports.engine.containers(std::move(all)));
  std::erase_if(found, [&](const auto& c) { return !is_keep(c, stack); });
  co_return found;
}

bool is_as_it_should_be(const Container& keep, const std::string& stack,
                        const std::vector<std::string>& image_ids,
                        const std::vector<std::string>& volumes) {
  return kept_volumes(keep, stack) == volumes &&
         std::find(image_ids.begin(), image_ids.end(), keep.image_id) != image_ids.end();
}

std::vector<std::string> image_ids(const std::vector<Container>& containers) {
  std::vector<std::string> ids;
  for (const auto& c : containers) ids.push_back(c.image_id);
  return ids;
}

/// Of the first that is still there: a release that has just been dropped took its image along.
Task<Result<Image>> first_image(const Ports& ports, const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    auto image = co_await ports.engine.image(id);
    if (image || image.error().code != Code::not_found) co_return image;
  }
  co_return fail(Code::not_found, "no image of the stack is there to hold its claim with");
}

/// Its id and its name: `keep_name`, or the first free one after it.
Task<Result<std::pair<std::string, std::string>>> create_keep(const Ports& ports,
                                                              const std::string& stack,
                                                              const boost::json::object& body,
                                                              const std::vector<Container>& there) {
  constexpr int names = 9;
  const auto plain = keep_name(stack);
  for (int i = 1;; ++i) {
    const auto name = i == 1 ? plain : fmt::format("{}-{}", plain, i);
    const bool taken =
        std::any_of(there.begin(), there.end(), [&](const auto& c) { return c.name == name; });
    if (taken && i < names) continue;
    auto wanted = body;
    auto id = co_await ports.engine.create_container(name, std::move(wanted), "");
    if (id) co_return std::pair(std::move(*id), name);
    // Asked for by a deployer that was killed meanwhile, it may have come just now.
    if (id.error().code != Code::conflict || i == names) co_return fail(std::move(id).error());
  }
}

/// Where another one has come to the plain name, the next change of the stack makes them one.
Task<Status> rename_keep(const Ports& ports, const std::string& stack, std::string id,
                         const std::string& name) {
  if (name == keep_name(stack)) co_return Status{};
  auto renamed = co_await ports.engine.rename_container(std::move(id), keep_name(stack));
  if (!renamed && renamed.error().code != Code::conflict) co_return renamed;
  co_return Status{};
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
  CO_TRY(const auto there, co_await find_keeps(ports, stack));
  // Of two, the engine may still be removing one for a deployer that was killed: a third is made.
  if (there.size() == 1 && is_as_it_should_be(there.front(), stack, image_ids, volumes))
    co_return co_await rename_keep(ports, stack, there.front().id, there.front().name);
  if (image_ids.empty()) co_return Status{};
  CO_TRY(const auto image, co_await first_image(ports, image_ids));
  const auto body = keep_body(stack, image, volumes);
  CO_TRY(const auto made, co_await create_keep(ports, stack, body, there));
  for (const auto& old : there)
    CO_TRY_VOID(co_await ports.engine.remove_container(old.id, false, false));
  co_return co_await rename_keep(ports, stack, made.first, made.second);
}

Task<Status> hold_asides(const Ports& ports, std::string stack, const World& world,
                         std::string except) {
  CO_TRY(const auto volumes, co_await ports.engine.volumes());
  auto held = asides_of(volumes, stack);
  std::erase(held, except);
  CO_TRY(const auto there, co_await find_keeps(ports, stack));
  auto images = image_ids(there);
  for (auto& id : image_ids(world.containers)) images.push_back(std::move(id));
  co_return co_await keep(ports, std::move(stack), std::move(images), std::move(held));
}

Task<Status> stop_holding(const Ports& ports, std::string stack, std::string volume) {
  CO_TRY(const auto there, co_await find_keeps(ports, stack));
  std::set<std::string> held;
  for (const auto& c : there)
    for (auto& name : kept_volumes(c, stack)) held.insert(std::move(name));
  if (held.erase(volume) == 0) co_return Status{};
  co_return co_await keep(ports, std::move(stack), image_ids(there), {held.begin(), held.end()});
}

Task<Status> release_claim(const Ports& ports, std::string stack) {
  CO_TRY(const auto history, co_await ports.journal.history(stack));
  CO_TRY(const auto volumes, co_await ports.engine.volumes());
  CO_TRY(const auto owner, claim_of(volumes, stack));
  if (!owner || owner->journal != history.journal) co_return Status{};
  CO_TRY(const auto there, co_await find_keeps(ports, stack));
  for (const auto& c : there)
    CO_TRY_VOID(co_await ports.engine.remove_container(c.id, false, false));
  co_return co_await ports.engine.remove_volume(claim_name(stack));
}

}  // namespace landfast
