// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/inputs.h"
#include "compose/interpolate_tree.h"
#include "compose/merge.h"
#include "compose/model_loader.h"

namespace landfast::compose {
namespace {

std::string attribute(std::string_view service) {
  return fmt::format("services.{}.extends", service);
}

std::string known_services(const Node* services, std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& e : services->entries()) names.emplace_back(e.key);
  const auto near = nearest(wanted, names);
  return near ? fmt::format("did you mean `{}`?", *near) : "";
}

bool is_remote(std::string_view path) {
  return path.find("://") != std::string_view::npos || path.starts_with("git@") ||
         path.starts_with("github.com/");
}

}  // namespace

void ModelLoader::apply_extends(Node& document, const ExtendsScope& in) {
  auto* services = document.find("services");
  if (services == nullptr) return;
  for (std::size_t i = 0; i < services->entries().size(); ++i) {
    std::vector<ServiceRef> chain;
    const auto name = services->entries()[i].key;
    auto* made = extended(name, in, chain);
    if (made != nullptr) services->entries()[i].value = made;
  }
}

Node* ModelLoader::extended(std::string_view name, const ExtendsScope& in,
                            std::vector<ServiceRef>& chain) {
  auto* service = in.services->find(name);
  if (service == nullptr || !service->has("extends")) return service;
  const bool cycle = std::ranges::any_of(
      chain, [&](const ServiceRef& r) { return r.file == in.file && r.service == name; });
  if (cycle || chain.size() > max_extends_depth) {
    std::string way;
    for (const auto& r : chain) way += fmt::format("{} in {} extends ", r.service, r.file);
    error(*service->find("extends"), attribute(name), "the service extends itself",
          fmt::format("{}{}", way, name));
    arena_.erase(*service, "extends");
    return service;
  }
  chain.push_back({in.file, std::string(name)});
  auto* made = extend_from(*service, name, in, chain);
  chain.pop_back();
  if (auto* e = in.services->entry(name)) e->value = made;
  return made;
}

Node* ModelLoader::extend_from(Node& service, std::string_view name, const ExtendsScope& in,
                               std::vector<ServiceRef>& chain) {
  const auto* extends = service.find("extends");
  const auto* wanted = extends->is_mapping() ? extends->find("service") : extends;
  const auto* file = extends->find("file");
  if (wanted == nullptr || !wanted->is_string()) {
    error(*extends, attribute(name), "`extends` wants the name of a service");
    return &service;
  }
  auto base_scope = in;
  if (file != nullptr && file->is_string()) {
    const auto path = expand_user(file->text, options_.home);
    if (is_remote(path)) {
      error(*file, attribute(name), "remote files are not read", "copy the file here");
      return &service;
    }
    auto* from = extended_file(path.starts_with('/') ? path : join_path(in.directory, path),
                               *in.scope, *file);
    if (from == nullptr || from->services == nullptr) return &service;
    base_scope = ExtendsScope{in.scope, from->services, &from->resets, from->path, from->directory};
  }
  if (!base_scope.services->is_mapping() || !base_scope.services->has(wanted->text)) {
    error(*wanted, attribute(name),
          fmt::format("there is no service {} in {}", in_quotes(wanted->text), base_scope.file),
          known_services(base_scope.services, wanted->text));
    return &service;
  }
  const auto* base = extended(wanted->text, base_scope, chain);
  arena_.erase(service, "extends");
  if (base == nullptr || !base->is_mapping()) return &service;
  auto* copy = arena_.clone(*base);
  apply_resets_to_service(arena_, *copy, name, *in.resets);
  auto* merged = merge_service(arena_, findings_, copy, &service);
  arena_.erase(*merged, "extends");
  return merged;
}

ModelLoader::ExtendedFile* ModelLoader::extended_file(const std::string& path, const Scope& scope,
                                                      const Node& at) {
  const auto key = std::pair(path, scope.environment);
  if (const auto it = extended_.find(key); it != extended_.end()) return &it->second;
  auto& made = extended_[key];
  made.path = path;
  made.directory = parent_path(path);
  const auto place = findings_.mark(at.place);
  auto trace = scope.trace;
  trace.push_back(fmt::format("extended at {}:{}:{}", place.file, place.line, place.column));
  auto* model = arena_.mapping({});
  for (const auto& document : take(path, trace, at.place)) {
    if (!document.root->is_mapping()) {
      error(*document.root, "", "a compose file is a mapping with `services:` at its top");
      continue;
    }
    auto* root = document.root;
    if (options_.interpolate)
      interpolate_tree(arena_, findings_, *root, lookup_in(*scope.environment));
    apply_resets(arena_, *model, document.resets);
    made.resets = document.resets;
    model = merge_model(arena_, findings_, model, root);
    remove_duplicates(findings_, *model);
    to_long_form(arena_, findings_, *model, !options_.interpolate);
    remove_duplicates(findings_, *model);
  }
  compose::resolve_paths(arena_, *model, PathBase{made.directory, options_.home});
  made.services = model->find("services");
  if (made.services == nullptr || !made.services->is_mapping()) {
    if (!broken_) error(at, "", fmt::format("{} has no services to extend", path));
    made.services = nullptr;
  }
  return &made;
}

}  // namespace landfast::compose
