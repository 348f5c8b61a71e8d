// SPDX-License-Identifier: Apache-2.0
#include "compose/session.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <ranges>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/interpolate_tree.h"
#include "compose/natural_order.h"
#include "compose/service_files.h"

namespace landfast::compose {
namespace {

constexpr std::string_view resource_kinds[] = {"networks", "volumes", "secrets", "configs",
                                               "models"};

std::vector<std::string> texts(const Node* node) {
  std::vector<std::string> out;
  if (node == nullptr) return out;
  for (const auto* item : node->items())
    if (item->is_string()) out.emplace_back(item->text);
  return out;
}

/// Names in the order of the output.
std::vector<std::string> ordered(const auto& names, Shape shape) {
  std::vector<std::string> out(names.begin(), names.end());
  if (shape == Shape::yaml) std::ranges::stable_sort(out, natural_less);
  return out;
}

bool has_profile(const Node& service, const std::vector<std::string>& active) {
  const auto own = texts(service.find("profiles"));
  if (own.empty()) return true;
  return std::ranges::any_of(active, [&](const std::string& profile) {
    return profile == "*" || std::ranges::find(own, profile) != own.end();
  });
}

}  // namespace

Node* Session::model() {
  inputs_ = gather_inputs(request_, files_, findings_);
  if (inputs_.files.empty()) {
    Error e;
    e.code = Code::not_found;
    e.text = fmt::format("there is no compose file in {} or above", request_.cwd);
    e.hint =
        "the names looked for: compose.yaml, compose.yml, docker-compose.yml, "
        "docker-compose.yaml; name another with -f";
    findings_.error(std::move(e));
    return nullptr;
  }
  loader_ = std::make_unique<ModelLoader>(arena_, findings_, files_,
                                          ModelOptions{request_.interpolate, request_.resolve_paths,
                                                       request_.home, request_.standard_input});
  if (!name_project()) return nullptr;
  // `--no-interpolate` of Compose resolves nothing from the environment.
  if (!request_.interpolate) inputs_.environment = {{"COMPOSE_PROJECT_NAME", name_}};
  model_ = loader_->load(inputs_.files, {inputs_.directory, &inputs_.environment, {}, {}, {}, {}});
  if (loader_->broken() || !within_bounds() || findings_.full()) return nullptr;
  if (model_->entries().empty() && !findings_.failed())
    findings_.error({}, "", fmt::format("{} is empty", inputs_.files[0]),
                    "a compose file has `services:` at its top");
  if (name_.empty())
    findings_.error({}, "name", "the project has no name", "set `name:`, or name it with -p");
  if (request_.normalise) {
    arena_.put(*model_, "name", arena_.string(name_, {}), {});
    normalise(arena_, *model_, name_, inputs_.environment);
  }
  return model_;
}

/// compose.md 2.5: -p, COMPOSE_PROJECT_NAME, the last `name:`, the directory.
bool Session::name_project() {
  const auto variable = inputs_.environment.find("COMPOSE_PROJECT_NAME");
  auto given = request_.project_name.value_or("");
  if (given.empty() && variable != inputs_.environment.end()) given = variable->second;
  if (!given.empty()) {
    name_ = given;
    if (normalised_name(given) != given)
      findings_.error({}, "name", fmt::format("{} is no valid project name", in_quotes(given)),
                      fmt::format("use lower-case letters, digits, `-` and `_`, such as {}",
                                  in_quotes(normalised_name(given))));
  } else {
    if (name_in_files(true).empty()) name_ = normalised_name(base_name(inputs_.directory));
    auto written = name_in_files(false);
    if (request_.interpolate) {
      auto done = substitute(written, lookup_in(inputs_.environment));
      if (!done) findings_.error({}, "name", done.error().text, done.error().hint);
      if (done) written = done->text;
    }
    if (request_.normalise) written = normalised_name(written);
    if (!written.empty()) name_ = written;
  }
  inputs_.environment["COMPOSE_PROJECT_NAME"] = name_;
  return !loader_->broken();
}

std::string Session::name_in_files(bool first_document_only) {
  std::string found;
  for (const auto& file : inputs_.files)
    for (const auto& document : loader_->peek(file)) {
      const auto name = document.root->text_of("name");
      if (!name.empty()) found = name;
      if (first_document_only) break;
    }
  return found;
}

void Session::read_extension() {
  const auto path =
      inputs_.files[0] == "-" ? "" : join_path(parent_path(inputs_.files[0]), "landfast.yaml");
  const Node* beside = nullptr;
  if (!path.empty() && files_.exists(path)) {
    auto& documents = loader_->peek(path);
    if (!documents.empty()) beside = documents[0].root;
    if (documents.size() > 1)
      findings_.error(*documents[1].root, Path{}, "landfast.yaml holds one document only");
    if (beside != nullptr && request_.interpolate)
      interpolate_tree(arena_, findings_, *documents[0].root, lookup_in(inputs_.environment));
  }
  extension_ =
      read_landfast(arena_, findings_, {inputs_.directory, request_.home}, *model_, beside);
}

/// Profiles, then what `migrate`, `first` and `when` say whatever the profiles are.
void Session::choose_services() {
  const auto* services = model_->find("services");
  if (services == nullptr) return;
  auto active = inputs_.profiles;
  for (const auto& name : request_.services)
    if (const auto* node = services->find(name); node != nullptr && !has_profile(*node, active))
      std::ranges::copy(texts(node->find("profiles")), std::back_inserter(active));
  inputs_.profiles = active;
  for (const auto& e : services->entries()) {
    const std::string name(e.key);
    bool on = has_profile(*e.value, active);
    if (const auto it = extension_.services.find(name); it != extension_.services.end()) {
      on = on || it->second.migrate || it->second.first;
      if (it->second.when) {
        const auto variable = inputs_.environment.find(*it->second.when);
        on = variable != inputs_.environment.end() && !variable->second.empty();
      }
    }
    (on ? enabled_ : disabled_).emplace(name, LoadedService{e.value, e.place, {}});
  }
}

/// Leaves the services of the command line and what they depend on.
void Session::select_named() {
  if (request_.services.empty()) return;
  std::set<std::string> chosen;
  std::vector<std::pair<std::string, bool>> open;
  for (const auto& name : request_.services) open.emplace_back(name, true);
  while (!open.empty()) {
    const auto [pattern, required] = open.back();
    open.pop_back();
    bool matched = false;
    for (const auto& [name, service] : enabled_) {
      if (fnmatch(pattern.c_str(), name.c_str(), FNM_PATHNAME) != 0) continue;
      matched = true;
      if (!chosen.insert(name).second) continue;
      if (const auto* all = service.node->find("depends_on"))
        for (const auto& e : all->entries()) {
          const auto* needed = e.value->find("required");
          open.emplace_back(std::string(e.key),
                            needed == nullptr || !needed->is(Kind::boolean) || needed->boolean);
        }
    }
    if (matched || !required) continue;
    std::vector<std::string> names;
    for (const auto& [name, service] : enabled_) names.push_back(name);
    const auto near = nearest(pattern, names);
    findings_.error(
        {}, "", fmt::format("there is no service {}", in_quotes(pattern)),
        near ? fmt::format("did you mean `{}`?", *near) : "the services: " + join(names, ", "));
  }
  for (auto it = enabled_.begin(); it != enabled_.end();) {
    if (chosen.contains(it->first)) {
      if (auto* all = it->second.node->find("depends_on")) {
        std::vector<std::string_view> gone;
        for (const auto& e : all->entries())
          if (!chosen.contains(std::string(e.key))) gone.push_back(e.key);
        for (const auto key : gone) arena_.erase(*all, key);
      }
      ++it;
    } else {
      disabled_.insert(enabled_.extract(it++));
    }
  }
}

/// `scale` counts as `deploy.replicas` too, where there is a `deploy` (Compose's check does it).
void Session::join_scale(Node& service) {
  const auto* scale = service.find("scale");
  auto* deploy = service.find("deploy");
  if (scale == nullptr || scale->is_null() || deploy == nullptr || !deploy->is_mapping()) return;
  if (!deploy->has("replicas")) arena_.put(*deploy, "replicas", arena_.clone(*scale), scale->place);
}

void Session::bind_service(const std::string& name, LoadedService& service, bool with_files) {
  if (with_files && request_.resolve_environment)
    read_env_files_of(arena_, findings_, *service.node, name, inputs_.environment, files_);
  if (with_files) read_label_files_of(arena_, findings_, *service.node, name, files_);
  if (with_files && request_.check_consistency) join_scale(*service.node);
  service.json = Encoder(arena_, findings_, Shape::json).service(*service.node, name);
}

bool Session::bind() {
  if (model_ == nullptr || !within_bounds() || findings_.full()) return false;
  read_extension();
  choose_services();
  select_named();
  for (auto& [name, service] : enabled_)
    if (!arena_.exhausted()) bind_service(name, service, true);
  for (auto& [name, service] : disabled_)
    if (!arena_.exhausted()) bind_service(name, service, false);
  if (request_.check_consistency) {
    check_consistency(findings_, *model_, enabled_, disabled_);
    check_container_names(findings_, enabled_);
  }
  return within_bounds() && !findings_.failed();
}

bool Session::within_bounds() {
  if (!arena_.exhausted()) return true;
  findings_.error(
      {}, "", "the files, with what they extend and include, are too large",
      fmt::format("{} values and {} MiB are the bounds", Arena::max_nodes, Arena::max_bytes >> 20));
  return false;
}

std::set<std::string> Session::used(std::string_view kind) const {
  std::set<std::string> out;
  const auto* declared = model_->find(kind);
  if (declared == nullptr) return out;
  const auto take = [&](std::string_view key) {
    if (declared->has(key)) out.emplace(key);
  };
  if (request_.all_resources)
    for (const auto& e : declared->entries()) take(e.key);
  for (const auto& [name, service] : enabled_) {
    const auto* own = service.node->find(kind);
    const auto grants = [&](const Node* list) {
      if (list != nullptr)
        for (const auto* item : list->items()) take(item->text_of("source"));
    };
    if (kind == "volumes") {
      if (own != nullptr)
        for (const auto* mount : own->items())
          if (mount->text_of("type") == "volume") take(mount->text_of("source"));
    } else if (kind == "secrets" || kind == "configs") {
      grants(own);
      if (const auto* build = service.node->find("build"); build != nullptr && kind == "secrets")
        grants(build->find("secrets"));
    } else if (own != nullptr) {
      for (const auto& e : own->entries()) take(e.key);
    }
  }
  return out;
}

boost::json::object Session::encode_all(Shape shape, bool last) {
  namespace json = boost::json;
  Encoder encoder(arena_, findings_, shape);
  json::object services;
  for (const auto& name : ordered(enabled_ | std::views::keys, shape)) {
    auto& service = enabled_.at(name);
    if (shape == Shape::yaml) {
      services.emplace(name, encoder.service(*service.node, name));
    } else if (last) {
      services.emplace(name, std::move(service.json));
    } else {
      services.emplace(name, service.json);
    }
  }
  std::map<std::string, json::value> sections;
  for (const auto kind : resource_kinds) {
    const auto* declared = model_->find(kind);
    json::object out;
    for (const auto& key : ordered(used(kind), shape)) {
      const auto* node = declared->find(key);
      out.emplace(key, kind == "networks"  ? encoder.network(*node, key)
                       : kind == "volumes" ? encoder.volume(*node, key)
                       : kind == "secrets" ? encoder.secret(*node, key)
                       : kind == "configs" ? encoder.config(*node, key)
                                           : encoder.model(*node, key));
    }
    const bool shown = !out.empty() && (shape == Shape::yaml || kind != "models");
    if (shown) sections.emplace(kind, std::move(out));
  }
  sections.emplace("name", json::string(name_));
  sections.emplace("services", std::move(services));
  json::object all;
  if (shape == Shape::yaml)
    for (const std::string_view key :
         {"name", "services", "networks", "volumes", "secrets", "configs", "models"})
      if (const auto it = sections.find(std::string(key)); it != sections.end()) {
        all.emplace(key, std::move(it->second));
        sections.erase(it);
      }
  for (const auto& e : model_->entries())
    if (e.key.starts_with("x-"))
      sections.insert_or_assign(std::string(e.key), encoder.any(*e.value));
  for (const auto& key : ordered(sections | std::views::keys, shape))
    all.emplace(key, std::move(sections.at(key)));
  return all;
}

}  // namespace landfast::compose
