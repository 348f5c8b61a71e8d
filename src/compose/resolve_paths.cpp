// SPDX-License-Identifier: Apache-2.0
#include "compose/canonical.h"
#include "compose/go_text.h"
#include "compose/path_table.h"

namespace landfast::compose {
namespace {

enum class Use : std::uint8_t { context, local, file, link, mount, volume, extends_file };

const PathTable<Use>& uses() {
  static const PathTable<Use> table{
      {"services.*.build.context", Use::context},
      {"services.*.build.additional_contexts.*", Use::context},
      {"services.*.build.ssh.*", Use::file},
      {"services.*.env_file.*.path", Use::local},
      {"services.*.label_file.*", Use::local},
      {"services.*.extends.file", Use::extends_file},
      {"services.*.develop.watch.*.path", Use::link},
      {"services.*.volumes.*", Use::mount},
      {"configs.*.file", Use::file},
      {"secrets.*.file", Use::file},
      {"volumes.*", Use::volume},
  };
  return table;
}

/// An absolute path of Windows, which stays: `C:\x`, `\\server\share`.
bool is_windows_absolute(std::string_view path) {
  const auto slash = [](char c) { return c == '\\' || c == '/'; };
  if (path.size() > 2 && path[1] == ':') return slash(path[2]);
  return path.size() > 2 && slash(path[0]) && slash(path[1]);
}

bool is_remote_context(std::string_view path) {
  if (path.find("://") != std::string_view::npos) return true;
  for (const std::string_view prefix : {"service:", "github.com/", "git@"})
    if (path.starts_with(prefix)) return true;
  return false;
}

class Resolver {
 public:
  Resolver(Arena& arena, const PathBase& base) : arena_(arena), base_(base) {}

  void value(Node& node, PathTable<Use>::State state) {
    if (state < 0) return;
    if (const auto* use = uses().at(state)) return by_use(*use, node);
    for (auto* item : node.items()) value(*item, uses().item(state));
    for (auto& e : node.entries()) value(*e.value, uses().next(state, e.key));
  }

 private:
  void by_use(Use use, Node& node) {
    switch (use) {
    case Use::context:
      if (node.is_string() && !is_remote_context(node.text)) set(node, local(node.text));
      return;
    case Use::local:
    case Use::extends_file:
      if (node.is_string()) set(node, local(node.text));
      return;
    case Use::file:
      if (node.is_string()) set(node, file(node.text));
      return;
    case Use::link:
      return link(node);
    case Use::mount:
      if (node.text_of("type") == "bind" && node.find("source") != nullptr &&
          node.find("source")->is_string())
        set(*node.find("source"), file(node.text_of("source")));
      return;
    case Use::volume:
      return volume(node);
    }
  }

  void link(Node& node) {
    if (!node.is_string()) return;
    const auto path = local(node.text);
    set(node, base_.resolve_link == nullptr ? path : base_.resolve_link(base_.files, path));
  }

  void volume(Node& node) {
    if (node.text_of("driver") != "local") return;
    auto* options = node.find("driver_opts");
    if (options == nullptr || options->text_of("o") != "bind") return;
    auto* device = options->find("device");
    if (device != nullptr && device->is_string()) set(*device, file(device->text));
  }

  void set(Node& node, const std::string& path) {
    if (node.text != path) node.text = arena_.keep(path);
  }

  [[nodiscard]] std::string local(std::string_view path) const {
    auto expanded = expand_user(path, base_.home);
    if (expanded.empty() || expanded[0] == '/') return expanded;
    return join_path(base_.directory, expanded);
  }

  [[nodiscard]] std::string file(std::string_view path) const {
    auto expanded = expand_user(path, base_.home);
    if (expanded.starts_with('/') || is_windows_absolute(expanded)) return expanded;
    return join_path(base_.directory, expanded);
  }

  Arena& arena_;
  const PathBase& base_;
};

}  // namespace

std::string expand_user(std::string_view path, std::string_view home) {
  if (!path.starts_with('~') || home.empty()) return std::string(path);
  return join_path(home, path.substr(1));
}

void resolve_paths(Arena& arena, Node& root, const PathBase& base) {
  Resolver(arena, base).value(root, PathTable<Use>::root);
}

}  // namespace landfast::compose
