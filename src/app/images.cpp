// SPDX-License-Identifier: Apache-2.0
#include "app/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "plan/order.h"
#include "run/build_request.h"

namespace landfast {
namespace {

std::string short_id(std::string_view id) {
  if (id.starts_with("sha256:")) id.remove_prefix(7);
  return std::string(id.substr(0, 12));
}

ImageWork work_for(const Project& project, const Service& service, StepKind kind, bool pull_base) {
  ImageWork work;
  work.step.kind = kind;
  work.step.id = (kind == StepKind::build_image ? "build:" : "pull:") + service.image;
  work.step.service = service.name;
  work.step.name = service.image;
  work.step.cause = kind == StepKind::build_image ? "asked to build" : "asked to resolve again";
  work.platform = service.platform;
  if (kind == StepKind::build_image) {
    work.build = build_request(project, service);
    work.build.pull = pull_base;
  }
  return work;
}

/// What the tasks of one refresh share.
struct Refresh {
  const Ports& ports;
  OnEvent on_event;
  std::chrono::nanoseconds begin{0};
  MovedTags before{}, moved{};
  std::vector<std::string> changes{};
  std::optional<Error> error{};

  Event event(EventKind kind, const Step& step) const {
    Event e;
    e.kind = kind;
    e.at = ports.clock.now() - begin;
    e.step = &step;
    return e;
  }
};

Task<Result<std::string>> image_id(const Ports& ports, std::string reference) {
  auto image = co_await ports.engine.image(std::move(reference));
  if (image) co_return image->id;
  if (image.error().code == Code::not_found) co_return std::string{};
  co_return fail(std::move(image).error());
}

Task<Status> fetch(Refresh& refresh, const ImageWork& work) {
  const OnImageProgress progress = [&refresh, &work](const ImageProgress& p) {
    auto e = refresh.event(EventKind::step_progress, work.step);
    e.text = p.status;
    e.current = p.current;
    e.total = p.total;
    refresh.on_event(e);
  };
  if (work.step.kind == StepKind::build_image)
    co_return co_await refresh.ports.builder.build(work.build, progress);
  co_return co_await refresh.ports.engine.pull(work.step.name, work.platform, progress);
}

/// An image that no registry has but this engine does was made here: it stays as it is.
bool is_local_only(const Refresh& refresh, const ImageWork& work, const Error& error) {
  return error.code == Code::not_found && work.step.kind == StepKind::pull_image &&
         !refresh.before.at(work.step.name).empty();
}

void tell_end(Refresh& refresh, const ImageWork& work, const Error* error, std::string text) {
  auto e =
      refresh.event(error != nullptr ? EventKind::step_failed : EventKind::step_done, work.step);
  e.text = std::move(text);
  e.error = error;
  refresh.on_event(e);
}

Task<void> refresh_one(Refresh& refresh, const ImageWork& work) {
  const auto& reference = work.step.name;
  refresh.on_event(refresh.event(EventKind::step_started, work.step));
  auto fetched = co_await fetch(refresh, work);
  if (!fetched && is_local_only(refresh, work, fetched.error())) {
    tell_end(refresh, work, nullptr, "in no registry: the image of this engine stays");
    co_return;
  }
  if (!fetched) {
    tell_end(refresh, work, &fetched.error(), "");
    if (!refresh.error) refresh.error = std::move(fetched).error();
    co_return;
  }
  auto id = co_await image_id(refresh.ports, reference);
  if (!id) {
    if (!refresh.error) refresh.error = std::move(id).error();
    co_return;
  }
  const auto& old = refresh.before[reference];
  const bool moved = !old.empty() && old != *id;
  if (moved) refresh.moved[reference] = old;
  const auto change = old.empty() ? fmt::format("new: {}", short_id(*id))
                      : moved     ? fmt::format("{} → {}", short_id(old), short_id(*id))
                                  : std::string("unchanged");
  if (old != *id) refresh.changes.push_back(fmt::format("{}  {}", reference, change));
  tell_end(refresh, work, nullptr, change);
}

Task<Done> refresh_all(Refresh& refresh, const std::vector<ImageWork>& work) {
  for (const auto& w : work) {
    auto id = co_await image_id(refresh.ports, w.step.name);
    refresh.before[w.step.name] = id ? *id : std::string{};
    if (!id) refresh.error = std::move(id).error();
  }
  if (refresh.error) co_return Done{};
  TaskGroup group;
  for (const auto& w : work) group.spawn(refresh_one(refresh, w));
  co_await group.join();
  co_return Done{};
}

/// Tags that an interrupted pull has moved without our having seen it.
Task<void> note_moved(Refresh& refresh) {
  for (const auto& [reference, old] : refresh.before) {
    const auto id = co_await image_id(refresh.ports, reference);
    if (id && !old.empty() && *id != old) refresh.moved[reference] = old;
  }
}

}  // namespace

std::vector<ImageWork> images_to_refresh(const Project& project, const Arguments& arguments) {
  const bool all = arguments.pull || arguments.command == Command::update;
  std::set<std::string> names(arguments.services.begin(), arguments.services.end());
  if (!names.empty() && !arguments.no_deps) names = with_dependencies(project, names);
  std::vector<ImageWork> work;
  std::set<std::string> seen;
  for (const auto& [name, service] : project.services) {
    if (!names.empty() && !names.contains(name)) continue;
    const bool build = service.has_build && (arguments.build || service.pull_policy == "build");
    const bool pull = !service.has_build && service.pull_policy != "never" &&
                      (all || service.pull_policy == "always") &&
                      service.image.find("@sha256:") == std::string::npos;
    if ((!build && !pull) || !seen.insert(service.image).second) continue;
    work.push_back(
        work_for(project, service, build ? StepKind::build_image : StepKind::pull_image, all));
  }
  return work;
}

ImageWork missing_image(const Project& project, const Service& service) {
  auto work = work_for(project, service,
                       service.has_build ? StepKind::build_image : StepKind::pull_image, false);
  work.step.cause = "it is not on this engine";
  return work;
}

Task<Result<MovedTags>> refresh_images(Call call, std::vector<ImageWork> work) {
  if (work.empty()) co_return MovedTags{};
  CO_TRY(const auto* ports, call.wiring.ports());
  for (const auto& w : work)
    if (w.step.kind == StepKind::build_image) CO_TRY_VOID(co_await ports->builder.check(w.build));
  RunView view(call.output, ports->clock);
  Refresh refresh{.ports = *ports, .on_event = view.on_event(), .begin = ports->clock.now()};
  auto shown = watched(refresh_all(refresh, work), view, ports->clock);
  auto either = race(std::move(shown), call.stop.wait());
  auto winner = co_await either;
  view.clear();
  if (winner.index() == 1) {
    co_await note_moved(refresh);
    refresh.error.emplace();
    refresh.error->code = Code::cancelled;
    refresh.error->text = "interrupted while images were fetched; nothing was touched";
  }
  if (refresh.error) {
    co_await put_tags_back(call, refresh.moved);
    co_return fail(std::move(*refresh.error));
  }
  for (const auto& change : refresh.changes) call.output.say(printable(change) + "\n");
  co_return refresh.moved;
}

Task<Status> check_builds(Call call, const Project& project, const Plan& plan) {
  CO_TRY(const auto* ports, call.wiring.ports());
  for (const auto& step : plan.steps) {
    if (step.kind != StepKind::build_image) continue;
    auto request = build_request(project, project.services.at(step.service));
    CO_TRY_VOID(co_await ports->builder.check(std::move(request)));
  }
  co_return Status{};
}

Task<void> put_tags_back(Call call, MovedTags moved) {
  auto engine = call.wiring.engine();
  if (!engine) co_return;
  for (const auto& [reference, id] : moved) {
    const auto status = co_await (*engine)->tag_image(id, reference);
    if (!status)
      call.output.note(fmt::format("the tag {} could not be put back to {}: {}", reference, id,
                                   status.error().text));
  }
}

}  // namespace landfast
