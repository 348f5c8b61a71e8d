// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "compose/canonical.h"
#include "compose/go_text.h"

namespace landfast::compose {
namespace {

class Normaliser {
 public:
  Normaliser(Arena& arena, Node& root, const Variables& environment)
      : arena_(arena), root_(root), environment_(environment) {}

  void run(std::string_view project) {
    auto* services = root_.find("services");
    if (services != nullptr)
      for (auto& e : services->entries()) networks(*e.value);
    if (uses_default_) declare_default();
    if (services != nullptr)
      for (auto& e : services->entries()) service(*e.value);
    for (const std::string_view kind : {"networks", "volumes", "configs", "secrets"})
      name_resources(kind, project);
  }

 private:
  void networks(Node& service) {
    if (arena_.exhausted()) return;
    if (!service.is_mapping() || service.has("provider") || service.has("network_mode")) return;
    auto* networks = service.find("networks");
    if (networks != nullptr && !networks->entries().empty()) {
      uses_default_ = uses_default_ || networks->has("default");
      return;
    }
    auto* only = arena_.mapping({});
    arena_.put(*only, "default", arena_.null({}), {});
    arena_.put(service, "networks", only, {});
    uses_default_ = true;
  }

  void declare_default() {
    auto* networks = root_.find("networks");
    if (networks == nullptr || !networks->is_mapping()) {
      networks = arena_.mapping({});
      arena_.put(root_, "networks", networks, {});
    }
    if (!networks->has("default")) arena_.put(*networks, "default", arena_.null({}), {});
  }

  void service(Node& node) {
    if (!node.is_mapping() || arena_.exhausted()) return;
    if (node.text_of("pull_policy") == "if_not_present")
      arena_.put(node, "pull_policy", arena_.string("missing", {}), {});
    if (auto* build = node.find("build")) this->build(*build);
    if (auto* environment = node.find("environment")) resolve(*environment, true);
    dependencies(node);
    clean_targets(node);
  }

  void build(Node& node) {
    if (!node.is_mapping()) return;
    const auto missing = [&](std::string_view key) {
      const auto* value = node.find(key);
      return value == nullptr || value->is_null();
    };
    if (missing("context")) arena_.put(node, "context", arena_.string(".", {}), {});
    if (missing("dockerfile") && missing("dockerfile_inline"))
      arena_.put(node, "dockerfile", arena_.string("Dockerfile", {}), {});
    if (auto* args = node.find("args")) resolve(*args, false);
  }

  /// Gives keys without a value the one of the environment; those without any stay or go.
  void resolve(Node& node, bool keep) {
    std::vector<std::string_view> gone;
    for (auto& e : node.entries()) {
      if (!e.value->is_null()) continue;
      const auto found = environment_.find(e.key);
      if (found != environment_.end()) {
        e.value = arena_.string(found->second, e.place);
      } else if (!keep) {
        gone.push_back(e.key);
      }
    }
    for (const auto key : gone) arena_.erase(node, key);
    std::uint32_t kept = 0;
    for (auto* item : node.items()) {
      if (item->is_string() && item->text.find('=') == std::string_view::npos) {
        const auto found = environment_.find(item->text);
        if (found != environment_.end()) {
          item = arena_.string(found->first + "=" + found->second, item->place);
        } else if (!keep) {
          continue;
        }
      }
      node.seq.data[kept++] = item;
    }
    if (node.is_sequence()) node.seq.size = kept;
  }

  void depend(Node& service, std::string_view on, bool restart, Place place) {
    auto* all = service.find("depends_on");
    if (all == nullptr || !all->is_mapping()) {
      all = arena_.mapping(place);
      arena_.put(service, "depends_on", all, place);
    }
    if (all->has(on)) return;
    auto* made = arena_.mapping(place);
    arena_.put(*made, "condition", arena_.string("service_started", place), place);
    arena_.put(*made, "restart", arena_.boolean(restart, place), place);
    arena_.put(*made, "required", arena_.boolean(true, place), place);
    arena_.put(*all, arena_.keep(on), made, place);
  }

  void dependencies(Node& node) {
    if (const auto* links = node.find("links"))
      for (const auto* link : links->items()) {
        if (!link->is_string()) continue;
        const auto parts = split(link->text, ':');
        depend(node, parts.size() == 2 ? std::string_view(parts[0]) : link->text, true,
               link->place);
      }
    for (const std::string_view key : {"network_mode", "ipc", "pid", "uts", "cgroup"}) {
      const auto shared = node.text_of(key);
      if (shared.starts_with("service:"))
        depend(node, shared.substr(8), true, node.find(key)->place);
    }
    if (const auto* from = node.find("volumes_from"))
      for (const auto* item : from->items())
        if (item->is_string() && !item->text.starts_with("container:"))
          depend(node, item->text.substr(0, item->text.find(':')), false, item->place);
  }

  void clean_targets(Node& node) {
    const auto* volumes = node.find("volumes");
    if (volumes == nullptr) return;
    for (auto* mount : volumes->items())
      if (auto* target = mount->find("target"); target != nullptr && target->is_string())
        target->text = arena_.keep(clean_path(target->text));
  }

  void name_resources(std::string_view kind, std::string_view project) {
    auto* resources = root_.find(kind);
    if (resources == nullptr) return;
    for (auto& e : resources->entries()) {
      if (!e.value->is_mapping()) e.value = arena_.mapping(e.value->place);
      const auto* name = e.value->find("name");
      if (name != nullptr && !name->is_null()) continue;
      const auto* external = e.value->find("external");
      const bool is_external =
          external != nullptr &&
          (external->is(Kind::boolean) ? external->boolean
                                       : external->is_string() && external->text == "true");
      const auto made =
          is_external ? std::string(e.key) : std::string(project) + "_" + std::string(e.key);
      arena_.put(*e.value, "name", arena_.string(made, e.place), e.place);
    }
  }

  Arena& arena_;
  Node& root_;
  const Variables& environment_;
  bool uses_default_ = false;
};

}  // namespace

void normalise(Arena& arena, Node& root, std::string_view project, const Variables& environment) {
  Normaliser(arena, root, environment).run(project);
}

}  // namespace landfast::compose
