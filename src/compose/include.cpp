// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/inputs.h"
#include "compose/model_loader.h"

namespace landfast::compose {
namespace {

std::size_t bytes_of(const Variables& variables) {
  std::size_t sum = 0;
  for (const auto& [name, value] : variables) sum += name.size() + value.size();
  return sum;
}

std::vector<std::string> texts(const Node* node) {
  std::vector<std::string> out;
  if (node == nullptr) return out;
  if (node->is_string()) out.emplace_back(node->text);
  for (const auto* item : node->items())
    if (item->is_string()) out.emplace_back(item->text);
  return out;
}

bool is_remote(std::string_view path) {
  return path.find("://") != std::string_view::npos || path.starts_with("git@") ||
         path.starts_with("github.com/");
}

std::string from(const std::string& directory, const std::string& path) {
  return path.starts_with('/') ? path : join_path(directory, path);
}

}  // namespace

void ModelLoader::apply_include(Node& document, const std::string& path, const Scope& scope) {
  const auto* include = document.find("include");
  if (include == nullptr) return;
  auto inner = scope;
  inner.included.push_back(path);
  if (inner.included.size() > max_include_depth) {
    error(*include, "include", fmt::format("included deeper than {} files", max_include_depth));
  } else if (include->is_sequence()) {
    for (const auto* item : include->items()) include_one(document, *item, inner);
  } else if (!include->is_null()) {
    error(*include, "include", "`include` is a list of files");
  }
  arena_.erase(document, "include");
}

void ModelLoader::include_one(Node& document, const Node& item, const Scope& scope) {
  auto paths = texts(item.is_mapping() ? item.find("path") : &item);
  if (paths.empty()) return error(item, "include", "`include` wants the path of a file");
  for (auto& path : paths) {
    if (is_remote(path)) return error(item, "include", "remote files are not read");
    path = from(scope.base(), path);
  }
  if (std::ranges::find(scope.included, paths[0]) != scope.included.end())
    return error(item, "include", fmt::format("{} includes itself", paths[0]),
                 "the way: " + join(scope.included, " → "));
  const auto directory = std::string(item.text_of("project_directory"));
  const auto project = directory.empty() ? parent_path(paths[0]) : from(scope.directory, directory);
  // A project_directory that is not there stands for the folder above it (Compose).
  const bool there = directory.empty() || files_.is_directory(project);
  Scope inner{there ? project : parent_path(project),
              nullptr,
              scope.included,
              scope.trace,
              item.place,
              project};
  const auto place = findings_.mark(item.place);
  inner.trace.push_back(fmt::format("included at {}:{}:{}", place.file, place.line, place.column));
  const auto variables = include_environment(item, project, scope);
  inner.environment = &variables;
  const auto size = bytes_of(variables);
  nested_variables_ += size;
  if (nested_variables_ > max_nested_variables)
    return error(item, "include", "the variables of nested includes are too large",
                 fmt::format("{} MiB are the bound", max_nested_variables >> 20));
  const auto* model = load(paths, inner);
  nested_variables_ -= size;
  std::erase_if(extended_, [&](const auto& e) { return e.first.second == &variables; });
  import(document, *model, item.place);
}

Variables ModelLoader::include_environment(const Node& item, const std::string& directory,
                                           const Scope& scope) {
  auto env_files = texts(item.find("env_file"));
  if (env_files.empty()) {
    const auto path = join_path(directory, ".env");
    if (files_.exists(path) && !files_.is_directory(path)) env_files.push_back(path);
  }
  std::vector<std::string> readable;
  for (const auto& name : env_files) {
    auto path = from(scope.directory, name);
    if (path == "/dev/null") continue;
    if (files_.exists(path) && !files_.is_directory(path)) {
      readable.push_back(std::move(path));
    } else {
      error(*item.find("env_file"), "include.env_file", fmt::format("{} is not a file", path));
    }
  }
  auto all = read_env_files(readable, *scope.environment, files_, findings_);
  for (const auto& [name, value] : *scope.environment) all.insert_or_assign(name, value);
  return all;
}

void ModelLoader::import(Node& document, const Node& model, const Place& at) {
  for (const std::string_view kind :
       {"services", "volumes", "networks", "secrets", "configs", "models"}) {
    const auto* from = model.find(kind);
    if (from == nullptr || !from->is_mapping()) continue;
    auto* to = document.find(kind);
    if (to == nullptr || !to->is_mapping()) {
      to = arena_.mapping(at);
      arena_.put(document, kind, to, at);
    }
    for (const auto& e : from->entries()) {
      const auto* own = to->entry(e.key);
      if (own == nullptr) {
        arena_.append(*to, e);
      } else if (!equal(*own->value, *e.value)) {
        findings_.error(own->place, fmt::format("{}.{}", kind, e.key),
                        fmt::format("an included file defines {} too", in_quotes(e.key)),
                        "override it in a second file (-f, compose.override.yaml), or rename it");
      }
    }
  }
}

}  // namespace landfast::compose
