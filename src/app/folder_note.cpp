// SPDX-License-Identifier: Apache-2.0
#include "app/folder_note.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/sources.h"
#include "base/text.h"
#include "plan/content_digest.h"
#include "plan/reasons.h"
#include "run/release_keeping.h"

namespace landfast {
namespace {

std::string shown(const std::string& value) {
  return value.empty() ? "(not set)" : printable(value);
}

/// Variables that the folder has other values of than the release; "" where the release's inputs
/// are not at hand.
std::string changes_since(const Ports& ports, const Target& folder, const Release& release) {
  const auto bytes = open_record(ports, folder.name, release);
  if (!bytes) return {};
  const auto then = record_from(*bytes);
  const auto now = record_from(record_of(folder, {}));
  if (!then || !now) return {};
  const auto text = variables_text(changed_variables(*then, *now));
  return text.empty() ? text : ": " + text;
}

}  // namespace

bool agrees(const Project& project, const Release& release) {
  return project.services.size() == release.services.size() &&
         std::all_of(project.services.begin(), project.services.end(), [&](const auto& entry) {
           const auto it = release.services.find(entry.first);
           return it != release.services.end() &&
                  it->second.config_hash == service_config_hash(entry.second, {}) &&
                  it->second.content_digest == content_digest(project, entry.second);
         });
}

std::string variables_text(const std::vector<VariableChange>& changes) {
  std::vector<std::string> parts;
  for (const auto& change : changes)
    parts.push_back(change.shown ? fmt::format("{} {} → {}", printable(change.name),
                                               shown(change.before), shown(change.now))
                                 : printable(change.name));
  return join(parts, ", ");
}

Task<Result<std::optional<std::string>>> folder_note(const Ports& ports, Target target,
                                                     History history) {
  using Note = std::optional<std::string>;
  if (!target.project || !history.current || history.current->origin == 0) co_return Note{};
  const auto& current = *history.current;
  const bool whole = attach_content(*target.project, DiskFiles()).has_value();
  if (whole && agrees(*target.project, current)) co_return Note{};
  CO_TRY(const auto releases, co_await ports.journal.releases(target.name));
  const auto described = std::find_if(releases.begin(), releases.end(), [&](const auto& r) {
    return whole && agrees(*target.project, r);
  });
  co_return Note(fmt::format("running {}; the folder describes {}{}", current.origin,
                             described == releases.end() ? std::string("something else")
                                                         : std::to_string(described->number),
                             changes_since(ports, target, current)));
}

}  // namespace landfast
