// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/parse.hpp>

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

/// The FILE of `seccomp=FILE` and `seccomp:FILE`; empty where the option names none.
std::string seccomp_file(const boost::json::value& option) {
  if (!option.is_string()) return {};
  const std::string_view text = option.as_string();
  if (!text.starts_with("seccomp=") && !text.starts_with("seccomp:")) return {};
  const auto file = text.substr(std::string_view("seccomp=").size());
  return file == "unconfined" || file == "builtin" ? std::string() : std::string(file);
}

Error bad_profile(const Service& service, const std::string& file, std::string why) {
  Error e;
  e.code = Code::invalid;
  e.text = fmt::format("the seccomp profile {} of the service \"{}\" {}", file, service.name, why);
  e.mark = service.mark;
  e.path = fmt::format("services.{}.security_opt", service.name);
  e.hint = "correct the path, or the file; Docker's documentation of seccomp shows the format";
  return e;
}

/// Profiles are read as Compose reads them: relative to the project's folder.
void read_profiles(Project& project, const Files& files, std::vector<Error>& errors) {
  for (const auto& [name, service] : project.services) {
    const auto* options = service.canonical.reveal().if_contains("security_opt");
    if (options == nullptr || !options->is_array()) continue;
    for (const auto& option : options->as_array()) {
      const auto file = seccomp_file(option);
      if (file.empty() || project.seccomp_profiles.contains(file)) continue;
      const auto path = file.starts_with('/') ? file : project.working_dir + "/" + file;
      auto text = files.read(path);
      boost::system::error_code broken;
      if (text) static_cast<void>(boost::json::parse(*text, broken));
      if (!text)
        errors.push_back(bad_profile(service, file, "cannot be read: " + text.error().text));
      else if (text->size() > max_digested)
        errors.push_back(bad_profile(service, file, "is larger than 1 MiB"));
      else if (broken)
        errors.push_back(bad_profile(service, file, "is no JSON"));
      else
        project.seccomp_profiles.emplace(file, std::move(*text));
    }
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
  read_profiles(project, objects, errors);
  digest_binds(project, mounts);
  if (errors.empty()) return {};
  auto first = std::move(errors.front());
  errors.erase(errors.begin());
  first.more = std::move(errors);
  return fail(std::move(first));
}

}  // namespace landfast
