// SPDX-License-Identifier: Apache-2.0
#include "plan/leave.h"

#include <algorithm>
#include <boost/json/array.hpp>

namespace landfast {
namespace {

std::string text(const boost::json::object& mount, std::string_view key) {
  const auto* value = mount.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string{};
}

bool is_digest(std::string_view name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == name.npos;
}

}  // namespace

std::vector<MountedCopy> mounted_copies(const Container& container, const std::string& stack) {
  const auto folder = "/mounted/" + stack + "/";
  std::vector<MountedCopy> found;
  for (const auto& item : container.mounts) {
    if (!item.is_object()) continue;
    const auto source = text(item.as_object(), "Source");
    const auto at = source.rfind(folder);
    if (at == std::string::npos || text(item.as_object(), "Type") != "bind") continue;
    auto digest = source.substr(at + folder.size());
    if (is_digest(digest))
      found.push_back({text(item.as_object(), "Destination"), std::move(digest)});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.target < b.target; });
  return found;
}

bool lives_by_copies(const Project& project, const Service& service) {
  const auto* read_only = service.canonical.reveal().if_contains("read_only");
  if (read_only == nullptr || *read_only != true) return false;
  const auto in_no_file = [](const std::vector<FileGrant>& grants, const auto& objects) {
    return std::any_of(grants.begin(), grants.end(), [&](const FileGrant& grant) {
      const auto it = objects.find(grant.source);
      return it != objects.end() && it->second.file.empty();
    });
  };
  return in_no_file(service.configs, project.configs) ||
         in_no_file(service.secrets, project.secrets);
}

}  // namespace landfast
