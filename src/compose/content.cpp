// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/digest.h"
#include "compose/load.h"

namespace landfast {
namespace {

constexpr std::size_t max_digested = std::size_t{1} << 20;

/// Reads the file of a config or secret; content that is known already gets its digest only.
Status read_object(FileObject& object, std::string_view kind, const Files& files) {
  if (object.external) return {};
  if (!object.content && !object.file.empty()) {
    auto text = files.read(object.file);
    if (!text) {
      Error e;
      e.code = Code::invalid;
      e.text = fmt::format("the file {} of the {} \"{}\" cannot be read: {}", object.file, kind,
                           object.key, text.error().text);
      e.mark = object.mark;
      e.path = fmt::format("{}s.{}.file", kind, object.key);
      e.hint = "create the file, or correct the path";
      return fail(std::move(e));
    }
    object.content = Secret(std::move(*text));
  }
  if (object.content) object.digest = sha256_hex(object.content->reveal());
  return {};
}

void digest_binds(Project& project, const Files& files) {
  for (const auto* services : {&project.services, &project.disabled})
    for (const auto& [name, service] : *services)
      for (const auto& mount : service.mounts) {
        if (mount.kind != MountKind::bind || project.file_digests.contains(mount.source)) continue;
        if (!files.exists(mount.source) || files.is_directory(mount.source)) continue;
        const auto text = files.read(mount.source);
        if (text && text->size() <= max_digested)
          project.file_digests.emplace(mount.source, sha256_hex(*text));
      }
}

}  // namespace

Status attach_content(Project& project, const Files& files) {
  return attach_content(project, files, files);
}

Status attach_content(Project& project, const Files& objects, const Files& mounts) {
  std::vector<Error> errors;
  const auto each = [&](auto& all, std::string_view kind) {
    for (auto& [key, object] : all)
      if (auto done = read_object(object, kind, objects); !done)
        errors.push_back(std::move(done).error());
  };
  each(project.configs, "config");
  each(project.secrets, "secret");
  digest_binds(project, mounts);
  if (errors.empty()) return {};
  auto first = std::move(errors.front());
  errors.erase(errors.begin());
  first.more = std::move(errors);
  return fail(std::move(first));
}

}  // namespace landfast
