// SPDX-License-Identifier: Apache-2.0
#include "model/release_changes.h"

#include <fmt/format.h>

namespace landfast {
namespace {

std::string short_id(std::string id) {
  if (id.starts_with("sha256:")) id.erase(0, 7);
  return id.substr(0, 12);
}

/// The reference is part of what the configuration's hash covers: with another reference nobody can
/// tell from the hash whether more has changed.
void compare(const std::string& service, const ReleasedService& before, const ReleasedService& now,
             std::vector<ReleaseChange>& changes) {
  using enum ReleaseChangeKind;
  const bool other_reference = before.image_ref != now.image_ref;
  if (other_reference)
    changes.push_back({service, image, before.image_ref, now.image_ref});
  else if (before.image_id != now.image_id)
    changes.push_back({service, image, short_id(before.image_id), short_id(now.image_id)});
  if (!other_reference && before.config_hash != now.config_hash)
    changes.push_back({service, configuration, {}, {}});
  if (before.content_digest != now.content_digest) changes.push_back({service, content, {}, {}});
}

}  // namespace

std::vector<ReleaseChange> release_changes(const Release& before, const Release& now) {
  std::vector<ReleaseChange> changes;
  for (const auto& [service, is] : now.services) {
    const auto was = before.services.find(service);
    if (was == before.services.end())
      changes.push_back({service, ReleaseChangeKind::added, {}, {}});
    else
      compare(service, was->second, is, changes);
  }
  for (const auto& [service, was] : before.services)
    if (!now.services.contains(service))
      changes.push_back({service, ReleaseChangeKind::removed, {}, {}});
  return changes;
}

std::string change_text(const ReleaseChange& change) {
  switch (change.kind) {
  case ReleaseChangeKind::added:
    return "new";
  case ReleaseChangeKind::removed:
    return "gone";
  case ReleaseChangeKind::image:
    return fmt::format("image {} → {}", change.before, change.now);
  case ReleaseChangeKind::configuration:
    return "configuration";
  case ReleaseChangeKind::content:
    return "the content of a mounted file";
  }
  return {};
}

std::string changes_text(const std::vector<ReleaseChange>& changes) {
  std::string text, service;
  for (const auto& change : changes) {
    if (change.service == service) {
      text += ", " + change_text(change);
      continue;
    }
    service = change.service;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", service, change_text(change));
  }
  return text;
}

}  // namespace landfast
