// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "app/carry_out.h"
#include "app/recovery.h"
#include "app/sources.h"
#include "app/stack.h"
#include "base/text.h"
#include "compose/recorded_inputs.h"
#include "plan/content_digest.h"
#include "run/make_plan.h"
#include "run/release_keeping.h"
#include "run/rollback.h"

namespace landfast {
namespace {

/// The release that is meant, and what a plan for it needs to know.
struct Earlier {
  std::vector<Release> releases;  ///< newest first
  Release release;
  Secret record;
};

Result<Release> choose_release(const std::string& stack, const std::vector<Release>& releases,
                               std::int64_t wanted) {
  if (releases.empty())
    return fail(Code::invalid, fmt::format("{} has no release yet", in_quotes(stack)));
  if (wanted == 0 && releases.size() == 1)
    return fail(Code::invalid,
                fmt::format("{} is the only release of {}: there is none before it",
                            releases.front().number, in_quotes(stack)),
                "landfast down removes its containers");
  if (wanted == 0) return releases[1];
  for (const auto& r : releases)
    if (r.number == wanted) return r;
  return fail(Code::invalid, fmt::format("{} has no release {}", in_quotes(stack), wanted),
              "landfast history lists them");
}

Task<Result<Earlier>> find_release(Call call, const std::string& stack) {
  CO_TRY(const auto* ports, call.wiring.ports());
  Earlier earlier;
  CO_TRY(earlier.releases, co_await ports->journal.releases(stack));
  CO_TRY(earlier.release, choose_release(stack, earlier.releases, call.arguments.release));
  auto record = open_record(*ports, stack, earlier.release);
  if (!record) {
    auto error = std::move(record).error();
    error.code = Code::invalid;  // nothing was touched
    if (error.hint.empty()) error.hint = "roll back to another one: landfast history lists them";
    co_return fail(std::move(error));
  }
  earlier.record = std::move(*record);
  co_return earlier;
}

Result<Target> load_release(const std::string& stack, const Earlier& earlier) {
  TRY(const auto record, record_from(earlier.record));
  auto project = load_recorded(record, DiskFiles());
  if (!project)
    return fail(wrap(std::move(project).error(),
                     fmt::format("{} cannot be loaded again", release_name(earlier.release))));
  if (project->name != stack)
    return fail(Code::corrupt,
                fmt::format("{} is one of the stack {}", release_name(earlier.release),
                            in_quotes(project->name)));
  Target target;
  target.name = stack;
  target.project = std::move(*project);
  return target;
}

/// Data that a later release has migrated is not what the earlier one knows.
Status check_migration(const Call& call, const Earlier& earlier, Planned& planned) {
  const auto since = migration_since(earlier.release, planned.history, earlier.releases);
  if (since.empty() || planned.plan.empty()) return {};
  if (!call.arguments.keep_data) {
    Error e;
    e.code = Code::invalid;
    e.text =
        fmt::format("the migration {} ran since release {}: its data may not suit that release",
                    since, earlier.release.number);
    e.hint =
        "--data brings back the data that was set aside then, --keep-data goes on with today's, on "
        "your word; nothing was touched";
    return fail(std::move(e));
  }
  planned.plan.notes.push_back(
      fmt::format("today's data stays, though the migration {} ran since (--keep-data)", since));
  return {};
}

/// What a rollback cannot bring back: files of the user that are mounted as they are.
void note_changed_mounts(const Project& project, const Release& release, Plan& plan) {
  for (const auto& [name, service] : project.services) {
    const auto then = release.services.find(name);
    if (then == release.services.end() ||
        then->second.content_digest == content_digest(project, service))
      continue;
    plan.notes.push_back(
        fmt::format("{}: files that it mounts from the host have changed since release {}; they "
                    "are used as they are now",
                    name, release.number));
  }
}

/// Observes and plans with the images of the release under its references.
Task<Result<Planned>> plan_release(Call call, const Target& target, const Earlier& earlier,
                                   KeptImages& kept) {
  CO_TRY(const auto* ports, call.wiring.ports());
  Planned planned;
  CO_TRY(planned.history, co_await ports->journal.history(target.name));
  CO_TRY(planned.world, co_await observe(*ports, target.name, &*target.project));
  CO_TRY(kept, co_await take_kept_images(*ports, *target.project, earlier.release, planned.world));
  auto options = options_of(call.arguments);
  if (call.arguments.data) options.data_of = earlier.release.deployment;
  CO_TRY(planned.plan,
         co_await make_plan(*ports, *target.project, planned.world, planned.history, options));
  if (!options.data_of) CO_TRY_VOID(check_migration(call, earlier, planned));
  note_changed_mounts(*target.project, earlier.release, planned.plan);
  co_return planned;
}

Carried carried_by(Earlier earlier, KeptImages kept) {
  Carried carried;
  carried.moved = std::move(kept.moved_tags);
  carried.wanted_tags = std::move(kept.wanted_tags);
  carried.record = std::move(earlier.record);
  carried.origin = earlier.release.origin != 0 ? earlier.release.origin : earlier.release.number;
  carried.git_revision = earlier.release.git_revision;
  return carried;
}

void show_plan_of(const Call& call, const Release& release, const Plan& plan) {
  call.output.say(fmt::format("{}\n\n{}\n", plan_text(plan),
                              fmt::format("this is {} again, of {} by {}", release_name(release),
                                          release.created, printable(release.user))));
}

}  // namespace

Ending roll_back(Call call) {
  if (call.arguments.data && call.arguments.keep_data)
    co_return fail(Code::invalid, "--data and --keep-data exclude each other");
  CO_TRY(const auto stack, co_await find_stack_name(call));
  if (!stack) co_return fail(no_stack(call));
  CO_TRY(const auto lock, co_await take_lock(call, *stack, "rollback"));
  CO_TRY_VOID(co_await recover_unfinished(call, *stack));
  CO_TRY(auto earlier, co_await find_release(call, *stack));
  CO_TRY(auto target, load_release(*stack, earlier));
  KeptImages kept;
  CO_TRY(auto planned, co_await plan_release(call, target, earlier, kept));
  if (planned.plan.empty()) {
    show_notes(call, planned.plan);
    co_return tell_nothing_to_do(call, planned.plan);
  }
  show_plan_of(call, earlier.release, planned.plan);
  // The folder is as it was: what the stack remembers of it stays.
  if (planned.history.inputs) target.inputs = *planned.history.inputs;
  auto carried = carried_by(std::move(earlier), std::move(kept));
  CO_TRY(const auto report, co_await carry_out(call, target, planned, std::move(carried), true));
  co_return tell_end(call, report);
}

}  // namespace landfast
