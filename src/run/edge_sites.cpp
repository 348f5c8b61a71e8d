// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "plan/stack_routes.h"
#include "run/creation.h"
#include "run/edges.h"

namespace landfast {
namespace {

constexpr std::size_t largest_site = std::size_t{512} << 20;  // it passes through memory

Result<std::string> image_of(const Session& session, const Step& step) {
  if (!step.source.empty()) return step.source;
  const auto service = session.project->services.find(step.service);
  if (service != session.project->services.end()) {
    const auto& reference = service->second.image;
    if (const auto it = session.images.find(reference); it != session.images.end())
      return it->second;
    if (const auto it = session.world.images.find(reference); it != session.world.images.end())
      return it->second.id;
  }
  return fail(Code::corrupt, fmt::format("the image of {} is not known", step.service));
}

Error cannot_be_copied(Error why, const Step& step) {
  const bool is_missing = why.code == Code::not_found;
  Error e;
  e.code = Code::invalid;
  e.text = is_missing ? fmt::format("the image of {} has no folder {}", step.service, step.folder)
                      : fmt::format("{} in the image of {} cannot be served as files: {}",
                                    step.folder, step.service, why.text);
  e.path = fmt::format("services.{}.x-landfast.route.static", step.service);
  e.hint = why.hint.empty() ? "name the folder of the image that holds the files, and only those"
                            : std::move(why.hint);
  return e;
}

bool may_pass(Code code) { return code != Code::invalid && code != Code::not_found; }

/// The folder as an archive, from a container that is never started: no volume lies over it, and
/// nothing has written to it.
Task<Result<std::string>> archive_of(Session& session, const Step& step, const std::string& image) {
  auto& engine = session.ports.engine;
  auto request = never_started(session.plan.stack, image);
  auto name = fmt::format("{}-landfast-look-{}", session.plan.stack, step.key);
  CO_TRY(const auto made, co_await create_to_look(engine, std::move(name), std::move(request)));
  auto tar = co_await engine.get_archive(made, step.folder, largest_site);
  // Its anonymous volumes were made with it: they go too.
  CO_TRY_VOID(co_await engine.remove_container(made, true, true));
  co_return tar;
}

Task<Status> add_when_free(Session& session, const Step& step, std::string site, std::string tar) {
  const auto begin = session.ports.clock.now();
  for (;;) {
    auto status = co_await session.ports.edge.add_site(step.name, site, tar);
    const bool is_taken = !status && status.error().code == Code::conflict;
    if (!is_taken || session.ports.clock.now() - begin >= conflict_limit) co_return status;
    if (session.halt != nullptr && session.halt->is_set())
      co_return fail(Code::cancelled, "interrupted");
    co_await session.ports.clock.sleep(conflict_pause);
  }
}

Task<Result<std::string>> copy_files(Session& session, const Step& step, std::string image) {
  const auto site = site_name(image, step.folder);
  CO_TRY(const bool is_there, co_await session.ports.edge.has_site(step.name, site));
  if (is_there) co_return "they are there";
  auto tar = co_await archive_of(session, step, image);
  if (!tar && may_pass(tar.error().code)) co_return fail(std::move(tar).error());
  if (!tar) co_return fail(cannot_be_copied(std::move(tar).error(), step));
  const auto bytes = tar->size();
  auto added = co_await add_when_free(session, step, site, std::move(*tar));
  if (!added && may_pass(added.error().code)) co_return fail(std::move(added).error());
  if (!added) co_return fail(cannot_be_copied(std::move(added).error(), step));
  co_return human_bytes(bytes);
}

}  // namespace

Task<Result<std::string>> add_site(Session& session, const Step& step) {
  CO_TRY(auto image, image_of(session, step));
  session.sites[step.key] = image;
  co_return co_await copy_files(session, step, std::move(image));
}

Task<Status> point_at_site(Session& session, const Step& step, SlotName slot) {
  const auto known = session.sites.find(step.key);
  if (known == session.sites.end())
    co_return fail(Code::corrupt, fmt::format("the files of {} were not copied", step.service));
  const auto image = known->second;
  const std::vector<std::string> site{site_name(image, step.folder)};
  auto& edge = session.ports.edge;
  auto status = co_await edge.set_address(step.name, step.key, slot, site);
  if (status || status.error().code != Code::not_found) co_return status;
  CO_TRY_VOID(co_await copy_files(session, step, image));
  co_return co_await edge.set_address(step.name, step.key, slot, site);
}

}  // namespace landfast
