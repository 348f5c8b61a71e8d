// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "app/call.h"
#include "app/confirm.h"
#include "app/recovery.h"
#include "app/stack.h"
#include "app/volumes_text.h"
#include "base/text.h"
#include "model/store_content.h"
#include "run/claim.h"
#include "run/observe_data.h"
#include "run/remove_volume.h"

namespace landfast {
namespace {

struct Seen {
  VolumeListing listing;
  std::vector<VolumeState> volumes;  ///< all of the engine
};

/// A volume that no service has now: its files tell what it is.
Task<Status> look_at_unused(const Ports& ports, VolumeLine& line) {
  VolumeState volume;
  volume.mountpoint = line.path;
  const auto content = co_await ports.volumes.content(std::move(volume));
  if (!content) co_return Status{};  // it stays unknown, and is shown so
  const auto found = store_in(*content);
  line.kind = found.kind.value_or(StoreKind::files);
  line.version = found.version;
  line.why_kind = found.kind ? found.why : "no database in it";
  co_return Status{};
}

Task<Result<Seen>> look(const Ports& ports, const Target& target) {
  const auto* project = target.project ? &*target.project : nullptr;
  CO_TRY(auto world, co_await observe(ports, target.name, project));
  if (project == nullptr) CO_TRY_VOID(co_await observe_stores(ports, project, world));
  ContainerFilter everything;
  everything.brief = true;
  CO_TRY(const auto all, co_await ports.engine.containers(std::move(everything)));
  Seen seen;
  seen.listing.stack = target.name;
  seen.listing.lines = volume_lines(target.name, project, world, all);
  std::vector<Store> places;
  for (auto& line : seen.listing.lines) {
    if (!line.kind) CO_TRY_VOID(co_await look_at_unused(ports, line));
    Store place;
    place.volume = line.bind ? std::string() : line.name;
    place.path = line.path;
    places.push_back(std::move(place));
  }
  CO_TRY_VOID(co_await observe_volume_facts(ports, world, std::move(places)));
  seen.listing.facts = std::move(world.volume_facts);
  seen.volumes = std::move(world.volumes);
  co_return seen;
}

bool can_ask(const Call& call) {
  return call.around.input_is_terminal && call.around.output_is_terminal && !call.arguments.json &&
         !call.arguments.quiet;
}

Status not_confirmed() { return fail(Code::cancelled, "not confirmed; nothing was removed"); }

std::string answer_to(const Call& call, const std::string& question) {
  call.output.say(question);
  std::string line;
  std::getline(std::cin, line);
  return std::string(trim(line));
}

/// The newest copy is the last way back: only a person who types its name removes it.
Status confirm_newest(const Call& call, const VolumeLine& line) {
  if (!can_ask(call))
    return fail(Code::invalid,
                fmt::format("{} is the newest copy that Landfast set aside of {}: only a person "
                            "at a terminal removes it",
                            line.name, line.of),
                "run this on a terminal, or keep the copy");
  const auto typed = answer_to(
      call,
      fmt::format("this is the newest copy that Landfast set aside of {}: without it there is "
                  "no way back to that data\ntype its name to remove it: ",
                  printable(line.of)));
  return typed == line.name ? Status{} : not_confirmed();
}

Status confirm_removal(const Call& call, const VolumeListing& listing, const VolumeLine& line) {
  if (!call.arguments.yes) {
    if (!can_ask(call))
      return fail(Code::invalid, "removing data needs a yes, and there is nobody to ask here",
                  "add --yes");
    const auto answer =
        answer_to(call, fmt::format("{}   {}\nremove this data for good? [y/N] ",
                                    printable(line.name), volume_words(listing, line)));
    if (!says_yes(answer)) return not_confirmed();
  }
  return line.newest ? confirm_newest(call, line) : Status{};
}

void tell_removed(const Call& call, const Target& target, const VolumeLine& line) {
  boost::json::object o;
  o["removed"] = line.name;
  call.output.json(o);
  call.output.say(fmt::format("✓ {} is removed\n", printable(line.name)));
  if (!target.project) return;
  for (const auto& [key, volume] : target.project->volumes)
    if (volume.name == line.name && !volume.external)
      call.output.note(
          fmt::format("the stack's file still has it: landfast deploy --new-volume {} "
                      "makes it anew, empty",
                      line.name));
}

Ending remove(Call call, Target target) {
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(const auto lock, co_await take_lock(call, target.name, "volumes rm"));
  // A deployment that was cut off may need what it set aside.
  CO_TRY_VOID(co_await recover_unfinished(call, target.name));
  CO_TRY(const auto history, co_await ports->journal.history(target.name));
  const auto names = call.arguments.volumes_to_remove;
  for (const auto& name : names) {
    CO_TRY(const auto seen, co_await look(*ports, target));
    CO_TRY(const auto line, removable(seen.listing.lines, target.name, name, seen.volumes));
    CO_TRY_VOID(check_claim(seen.volumes, target.name, claimant(*ports, history)));
    CO_TRY_VOID(confirm_removal(call, seen.listing, line));
    CO_TRY_VOID(co_await remove_volume_for_good(*ports, target.name, line.name));
    tell_removed(call, target, line);
  }
  co_return ExitStatus::done;
}

}  // namespace

Ending volumes(Call call) {
  CO_TRY(auto target, co_await find_target(call));
  if (!call.arguments.volumes_to_remove.empty()) co_return co_await remove(call, std::move(target));
  CO_TRY(const auto* ports, call.wiring.ports());
  CO_TRY(const auto seen, co_await look(*ports, target));
  call.output.json(volumes_json(seen.listing));
  const auto width = call.around.output_is_terminal ? screen_size().columns - 1 : 0;
  call.output.say(volumes_text(seen.listing, now_utc(), width, call.output.style()));
  co_return ExitStatus::done;
}

}  // namespace landfast
