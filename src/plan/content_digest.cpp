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

void add_profiles(const Project& project, const Service& service,
                  std::map<std::string, std::string>& by_target) {
  const auto* options = service.canonical.reveal().if_contains("security_opt");
  if (options == nullptr || !options->is_array()) return;
  for (const auto& [file, text] : project.seccomp_profiles)
    for (const auto& option : options->as_array())
      if (option.is_string() &&
          (option.as_string() == "seccomp=" + file || option.as_string() == "seccomp:" + file))
        by_target["seccomp:" + file] = sha256_hex(text);
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
  add_profiles(project, service, by_target);
  if (by_target.empty()) return {};
  std::string text;
  for (const auto& [target, digest] : by_target) text += target + '\0' + digest + '\n';
  return sha256_hex(text);
}

}  // namespace landfast
