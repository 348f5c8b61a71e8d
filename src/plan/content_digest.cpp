// SPDX-License-Identifier: Apache-2.0
#include "plan/content_digest.h"

#include <map>

#include "base/digest.h"

namespace landfast {
namespace {

void add_grants(const std::vector<FileGrant>& grants, const std::map<std::string, FileObject>& all,
                std::map<std::string, std::string>& by_target) {
  for (const auto& grant : grants)
    if (const auto it = all.find(grant.source); it != all.end() && !it->second.digest.empty())
      by_target[grant.target] = it->second.digest;
}

}  // namespace

std::string content_digest(const Project& project, const Service& service) {
  std::map<std::string, std::string> by_target;
  add_grants(service.configs, project.configs, by_target);
  add_grants(service.secrets, project.secrets, by_target);
  for (const auto& mount : service.mounts)
    if (const auto it = project.file_digests.find(mount.source);
        mount.kind == MountKind::bind && it != project.file_digests.end())
      by_target[mount.target] = it->second;
  if (by_target.empty()) return {};
  std::string text;
  for (const auto& [target, digest] : by_target) text += target + '\0' + digest + '\n';
  return sha256_hex(text);
}

}  // namespace landfast
