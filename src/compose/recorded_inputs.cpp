// SPDX-License-Identifier: Apache-2.0
#include "compose/recorded_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace landfast {
namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Whether `name` stands in `text` as a word of its own.
bool names(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    const bool begins = at == 0 || !is_name_character(text[at - 1]);
    if (begins && (end == text.size() || !is_name_character(text[end]))) return true;
  }
  return false;
}

bool asked_for(const std::string& name, const RecordedInputs& record) {
  if (name.empty()) return false;
  if (name.starts_with("COMPOSE_") || names(record.request.standard_input, name)) return true;
  return std::any_of(record.files.begin(), record.files.end(), [&](const auto& file) {
    return file.second.bytes && names(file.second.bytes->reveal(), name);
  });
}

void add_objects(const std::map<std::string, FileObject>& objects,
                 std::map<std::string, RecordedFile>& files) {
  for (const auto& [key, object] : objects) {
    if (object.external || object.file.empty() || !object.content) continue;
    auto& file = files[object.file];
    file.exists = true;
    file.bytes = object.content;
  }
}

}  // namespace

RecordedFile& RecordingFiles::look(const std::string& path) const {
  const auto [it, fresh] = seen_.try_emplace(path);
  if (fresh) {
    it->second.exists = under_.exists(path);
    it->second.directory = it->second.exists && under_.is_directory(path);
  }
  return it->second;
}

Result<std::string> RecordingFiles::read(const std::string& path) const {
  auto bytes = under_.read(path);
  auto& file = look(path);
  if (bytes) file.bytes = Secret(*bytes);
  return bytes;
}

bool RecordingFiles::exists(const std::string& path) const { return look(path).exists; }

bool RecordingFiles::is_directory(const std::string& path) const { return look(path).directory; }

std::string RecordingFiles::resolve_link(const std::string& path) const {
  auto& file = look(path);
  file.link = under_.resolve_link(path);
  return file.link;
}

const RecordedFile* RecordedFiles::find(const std::string& path) const {
  const auto it = files_.find(path);
  return it == files_.end() ? nullptr : &it->second;
}

Result<std::string> RecordedFiles::read(const std::string& path) const {
  const auto* file = find(path);
  if (file != nullptr && file->bytes) return std::string(file->bytes->reveal());
  return fail(Code::not_found, fmt::format("the release has no file {}", path));
}

bool RecordedFiles::exists(const std::string& path) const {
  const auto* file = find(path);
  return file != nullptr && file->exists;
}

bool RecordedFiles::is_directory(const std::string& path) const {
  const auto* file = find(path);
  return file != nullptr && file->directory;
}

std::string RecordedFiles::resolve_link(const std::string& path) const {
  const auto* file = find(path);
  return file == nullptr || file->link.empty() ? path : file->link;
}

RecordedInputs recorded_inputs(LoadRequest request, const std::map<std::string, RecordedFile>& seen,
                               const Project& project,
                               const std::map<std::string, std::string>& images) {
  RecordedInputs record;
  record.request = std::move(request);
  record.images = images;
  record.files = seen;
  std::erase_if(record.request.environment,
                [&](const auto& variable) { return !asked_for(variable.first, record); });
  add_objects(project.configs, record.files);
  add_objects(project.secrets, record.files);
  for (const auto& [file, text] : project.seccomp_profiles) {
    auto& recorded = record.files[file.starts_with('/') ? file : project.working_dir + "/" + file];
    recorded.exists = true;
    recorded.bytes = Secret(text);
  }
  return record;
}

Result<Project> load_recorded(const RecordedInputs& record, const Files& today) {
  const RecordedFiles files(record.files);
  TRY(auto project, load(record.request, files));
  TRY_VOID(override_images(project, record.images));
  TRY_VOID(attach_content(project, files, today));
  return project;
}

Status override_images(Project& project, const std::map<std::string, std::string>& images) {
  for (const auto& [name, reference] : images) {
    const auto it = project.services.find(name);
    if (it == project.services.end())
      return fail(Code::invalid, fmt::format("--image: there is no service {}", in_quotes(name)));
    it->second.image = reference;
    it->second.canonical.edit()["image"] = reference;
    // The reference is what was asked for: it is pulled, not built.
    it->second.has_build = false;
  }
  return {};
}

}  // namespace landfast
