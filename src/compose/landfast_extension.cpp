// SPDX-License-Identifier: Apache-2.0
#include "compose/landfast_extension.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/landfast_rules.h"
#include "compose/schema.h"

namespace landfast::compose {
namespace {

constexpr std::string_view key = "x-landfast";

/// The forms of `migrate` come one after the other, so each is a line of the table.
std::string form_of(const Entry& e) {
  if (e.key != "migrate" || e.value->is(Kind::boolean)) return std::string(e.key);
  if (e.value->is_sequence()) return "migrate: [COMMAND]";
  return e.value->is_mapping() ? "migrate: {sql}" : "migrate: none";
}

class Reader {
 public:
  Reader(Arena& arena, Findings& findings, ExtensionPaths paths)
      : findings_(findings), decoder_(arena, findings, std::move(paths)) {}

  Extension run(const Node& model, const Node* beside) {
    check(model, beside);
    if (!valid_) return std::move(out_);
    read(model);
    if (beside != nullptr) read(*beside);
    check_names(model);
    return std::move(out_);
  }

 private:
  void check(const Node& model, const Node* beside) {
    const auto before = findings_.count();
    if (const auto* node = model.find(key))
      validate(findings_, *node, landfast_stack_rule(), Path{key});
    if (const auto* services = model.find("services"))
      for (const auto& e : services->entries())
        if (const auto* node = e.value->find(key))
          validate(findings_, *node, landfast_service_rule(), Path{"services", e.key, key});
    if (beside != nullptr && !beside->is_null()) {
      validate(findings_, *beside, landfast_file_rule());
      unknown_services(model, *beside);
    }
    valid_ = findings_.count() == before;
  }

  void read(const Node& file) {
    if (const auto* node = file.find(key))
      for (const auto& e : node->entries()) {
        decoder_.stack(e, out_.stack);
        if (is_not_there_yet(e.key)) not_yet(e, e.key, fmt::format("{}.{}", key, e.key));
        if (!e.value->is_mapping()) continue;
        for (const auto& inner : e.value->entries())
          if (const auto form = fmt::format("{}.{}", e.key, inner.key); is_not_there_yet(form))
            not_yet(inner, form, fmt::format("{}.{}", key, form));
      }
    const auto* services = file.find("services");
    if (services == nullptr) return;
    for (const auto& service : services->entries()) {
      const auto* node = service.value->find(key);
      if (node == nullptr) continue;
      for (const auto& e : node->entries()) {
        decoder_.service(e, out_.services[std::string(service.key)]);
        if (const auto form = form_of(e); is_not_there_yet("services." + form))
          not_yet(e, form, fmt::format("services.{}.{}.{}", service.key, key, e.key));
      }
    }
  }

  void not_yet(const Entry& e, std::string_view form, const std::string& path) {
    findings_.warn(fmt::format("{}.{}: not there yet in this version", key, form), e.place, path);
  }

  void unknown_services(const Node& model, const Node& beside) {
    const auto* known = model.find("services");
    const auto* named = beside.find("services");
    if (known == nullptr || named == nullptr) return;
    for (const auto& e : named->entries())
      unknown_name(*known, e.key, e.place, fmt::format("services.{}", e.key),
                   "the compose file has no service");
  }

  /// What the decoded keys name must be there: services, and the volumes of a service.
  void check_names(const Node& model) {
    static const Node nothing;
    const auto* services = model.find("services");
    const auto& known = services == nullptr ? nothing : *services;
    for (const auto& check : out_.stack.verify)
      if (!check.in.empty())
        unknown_name(known, check.in, check.mark, fmt::format("{}.verify.in", key),
                     "the compose file has no service");
    for (const auto& [name, extension] : out_.services)
      if (const auto* mark = extension.mark_of("shared"))
        for (const auto& volume : extension.shared) check_shared(known, name, volume, *mark);
    name_proxy_network(model);
  }

  /// A network of the file is meant by its key, and is the proxy's only where it is external.
  void name_proxy_network(const Node& model) {
    auto& network = out_.stack.edge_behind;
    const auto* networks = model.find("networks");
    const auto* own = networks == nullptr ? nullptr : networks->find(network);
    if (network.empty() || own == nullptr) return;
    const auto* external = own->find("external");
    const bool named = external != nullptr && external->is_mapping();
    if (!named && (external == nullptr || !external->is(Kind::boolean) || !external->boolean)) {
      Error e;
      e.code = Code::invalid;
      e.text = fmt::format("the network {} is this stack's own, and no proxy's", network);
      e.path = fmt::format("{}.edge.behind", key);
      e.mark = out_.stack.edge_mark;
      e.hint = "name the network that your proxy is in: docker network ls shows them";
      return findings_.error(std::move(e));
    }
    if (const auto name = (named ? external : own)->text_of("name"); !name.empty())
      network = std::string(name);
  }

  void check_shared(const Node& services, const std::string& name, const std::string& volume,
                    const Mark& mark) {
    const auto* service = services.find(name);
    const auto* mounts = service == nullptr ? nullptr : service->find("volumes");
    std::vector<std::string> names;
    if (mounts != nullptr)
      for (const auto* mount : mounts->items()) {
        names.emplace_back(mount->text_of("source"));
        names.emplace_back(mount->text_of("target"));
      }
    if (std::ranges::find(names, volume) != names.end()) return;
    fail(names, volume, mark, fmt::format("services.{}.{}.shared", name, key),
         fmt::format("{} mounts no volume", name));
  }

  void unknown_name(const Node& known, std::string_view name, const auto& place,
                    const std::string& path, std::string_view what) {
    if (known.has(name)) return;
    std::vector<std::string> names;
    for (const auto& e : known.entries()) names.emplace_back(e.key);
    fail(names, name, place, path, what);
  }

  void fail(const std::vector<std::string>& names, std::string_view name, const Place& place,
            const std::string& path, std::string_view what) {
    fail(names, name, findings_.mark(place), path, what);
  }

  void fail(const std::vector<std::string>& names, std::string_view name, const Mark& mark,
            const std::string& path, std::string_view what) {
    const auto near = nearest(name, names);
    Error e;
    e.code = Code::invalid;
    e.text = fmt::format("{} {}", what, in_quotes(name));
    e.path = path;
    e.mark = mark;
    e.hint = near ? fmt::format("did you mean `{}`?", *near) : "";
    findings_.error(std::move(e));
  }

  Findings& findings_;
  ExtensionDecoder decoder_;
  Extension out_;
  bool valid_ = true;
};

}  // namespace

Extension read_landfast(Arena& arena, Findings& findings, ExtensionPaths paths, const Node& model,
                        const Node* beside) {
  return Reader(arena, findings, std::move(paths)).run(model, beside);
}

}  // namespace landfast::compose
