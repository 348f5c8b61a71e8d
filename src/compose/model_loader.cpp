// SPDX-License-Identifier: Apache-2.0
#include "compose/model_loader.h"

#include <fmt/format.h>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/inputs.h"
#include "compose/interpolate_tree.h"
#include "compose/merge.h"
#include "compose/schema.h"

namespace landfast::compose {

const std::vector<Document>& ModelLoader::peek(const std::string& path) {
  const auto it = peeked_.find(path);
  return it != peeked_.end() ? it->second : peeked_[path] = read(path, {}, {});
}

std::vector<Document> ModelLoader::take(const std::string& path,
                                        const std::vector<std::string>& trace, const Place& at) {
  auto node = peeked_.extract(path);
  return node.empty() ? read(path, trace, at) : std::move(node.mapped());
}

std::vector<Document> ModelLoader::read(const std::string& path,
                                        const std::vector<std::string>& trace, const Place& at) {
  auto text = path == "-" ? Result<std::string>(options_.standard_input) : files_.read(path);
  const bool too_many = findings_.sources() >= max_files;
  if (!text || too_many) {
    Error e;
    e.code = !text && text.error().code == Code::not_found ? Code::not_found : Code::invalid;
    e.text = too_many ? fmt::format("more than {} files are read", max_files)
                      : fmt::format("{} cannot be read: {}", path, text.error().text);
    e.hint = at.source == 0 ? "name a file that is there with -f" : "correct the path";
    if (at.source != 0) e.mark = findings_.mark(at);
    if (at.source != 0) e.trace = findings_.source(at.source).trace;
    findings_.error(std::move(e));
    broken_ = true;
    return {};
  }
  const auto source = findings_.add_source({path, std::move(*text), trace});
  auto yaml = read_yaml(arena_, findings_, source);
  broken_ = broken_ || !yaml.complete;
  return std::move(yaml.documents);
}

Node* ModelLoader::load(const std::vector<std::string>& paths, const Scope& scope) {
  auto* model = arena_.mapping({});
  for (const auto& path : paths) model = load_file(path, scope, model);
  set_defaults(arena_, *model);
  check_semantics(findings_, *model);
  if (options_.resolve_paths) {
    const PathBase base{scope.directory, options_.home,
                        [](const void* files, const std::string& path) {
                          return static_cast<const Files*>(files)->resolve_link(path);
                        },
                        &files_};
    compose::resolve_paths(arena_, *model, base);
  }
  resolve_variables(arena_, *model, *scope.environment);
  return model;
}

Node* ModelLoader::load_file(const std::string& path, const Scope& scope, Node* model) {
  for (const auto& document : take(path, scope.trace, scope.at)) {
    if (arena_.exhausted()) break;
    model = add_document(document, path, scope, model);
  }
  return model;
}

Node* ModelLoader::add_document(const Document& document, const std::string& path,
                                const Scope& scope, Node* model) {
  if (!document.root->is_mapping()) {
    error(*document.root, "", "a compose file is a mapping with `services:` at its top");
    return model;
  }
  auto* root = document.root;
  if (options_.interpolate)
    interpolate_tree(arena_, findings_, *root, lookup_in(*scope.environment));
  apply_extends(*root, {&scope, root->find("services"), &document.resets, path, scope.base()});
  apply_resets(arena_, *model, document.resets);
  apply_include(*root, path, scope);
  return finish_document_merge(model, root);
}

Node* ModelLoader::finish_document_merge(Node* model, Node* document) {
  model = merge_model(arena_, findings_, model, document);
  remove_duplicates(findings_, *model);
  validate(findings_, *model, compose_rule());
  if (const auto* version = model->entry("version")) {
    findings_.warn_once("`version` has no meaning any more: remove it", version->place);
    arena_.erase(*model, "version");
  }
  to_long_form(arena_, findings_, *model, !options_.interpolate);
  remove_duplicates(findings_, *model);
  return model;
}

}  // namespace landfast::compose
