// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <unordered_map>

#include "compose/go_text.h"
#include "compose/merge.h"
#include "compose/path_table.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

/// What makes two entries of a list the same.
enum class Same : std::uint8_t { key, volume, device, config, secret, expose, port, env_file };

const PathTable<Same>& lists() {
  static const PathTable<Same> table{
      {"networks.*.labels", Same::key},
      {"networks.*.ipam.options", Same::key},
      {"services.*.annotations", Same::key},
      {"services.*.build.args", Same::key},
      {"services.*.build.additional_contexts", Same::key},
      {"services.*.build.platform", Same::key},
      {"services.*.build.tags", Same::key},
      {"services.*.build.labels", Same::key},
      {"services.*.cap_add", Same::key},
      {"services.*.cap_drop", Same::key},
      {"services.*.devices", Same::device},
      {"services.*.configs", Same::config},
      {"services.*.deploy.labels", Same::key},
      {"services.*.dns", Same::key},
      {"services.*.dns_opt", Same::key},
      {"services.*.dns_search", Same::key},
      {"services.*.environment", Same::key},
      {"services.*.env_file", Same::env_file},
      {"services.*.expose", Same::expose},
      {"services.*.labels", Same::key},
      {"services.*.links", Same::key},
      {"services.*.networks.*.aliases", Same::key},
      {"services.*.networks.*.link_local_ips", Same::key},
      {"services.*.ports", Same::port},
      {"services.*.profiles", Same::key},
      {"services.*.secrets", Same::secret},
      {"services.*.sysctls", Same::key},
      {"services.*.tmpfs", Same::key},
      {"services.*.volumes", Same::volume},
  };
  return table;
}

class Deduplicator {
 public:
  explicit Deduplicator(Findings& findings) : findings_(findings) {}

  void value(Node& node, PathTable<Same>::State state) {
    if (state < 0) return;
    if (node.is_sequence()) {
      if (const auto* same = lists().at(state)) list(node, *same);
      return;
    }
    for (auto& e : node.entries()) {
      const Path::Step step(path_, e.key);
      value(*e.value, lists().next(state, e.key));
    }
  }

 private:
  void list(Node& node, Same same) {
    if (node.seq.size < 1) return;
    std::unordered_map<std::string, std::uint32_t> known;
    std::uint32_t kept = 0;
    std::size_t position = 0;
    for (auto* item : node.items()) {
      const Path::Step step(path_, position++);
      const auto key = key_of(*item, same);
      const auto [it, fresh] = known.try_emplace(key.value_or(""), kept);
      node.seq.data[fresh ? kept++ : it->second] = item;
    }
    node.seq.size = kept;
  }

  std::optional<std::string> refuse(const Node& item, std::string text) {
    findings_.error(item, path_, std::move(text));
    return {};
  }

  std::optional<std::string> key_of(const Node& item, Same same) {
    switch (same) {
    case Same::key:
      if (!item.is_string())
        return refuse(item, fmt::format("a {} where a string belongs", kind_name(item.kind)));
      return std::string(item.text.substr(0, item.text.find('=')));
    case Same::volume:
      return volume(item);
    case Same::device:
      return device(item);
    case Same::config:
      return mount(item, "");
    case Same::secret:
      return mount(item, "/run/secrets");
    case Same::expose:
      if (!item.is_string() && !item.is(Kind::integer))
        return refuse(item, fmt::format("a {} is no port to expose", kind_name(item.kind)));
      return sprint(item);
    case Same::port:
      return port(item);
    case Same::env_file:
      if (item.is_string()) return std::string(item.text);
      if (item.is_mapping() && !item.find("path")) return refuse(item, "`path` is missing");
      return std::string(item.text_of("path"));
    }
    return {};
  }

  std::optional<std::string> volume(const Node& item) {
    if (item.is_string()) {
      auto parsed = parse_volume(item.text);
      if (parsed) return std::string(parsed->target);
      findings_.error(item, path_, std::move(parsed.error().text), std::move(parsed.error().hint));
      return {};
    }
    if (!item.is_mapping()) return "";
    const auto* target = item.find("target");
    if (target == nullptr || !target->is_string())
      return refuse(item, "the mount has no `target`, the path in the container");
    return std::string(target->text);
  }

  std::optional<std::string> device(const Node& item) {
    if (item.is_string()) {
      const auto first = item.text.find(':');
      if (first == std::string_view::npos) return std::string(item.text);
      const auto rest = item.text.substr(first + 1);
      return std::string(rest.substr(0, rest.find(':')));
    }
    if (!item.is_mapping()) return "";
    const auto* target = item.find("target");
    if (target == nullptr || !target->is_string())
      return refuse(item, "the device has no `target`, the path in the container");
    return std::string(target->text);
  }

  std::optional<std::string> mount(const Node& item, std::string_view folder) {
    if (item.is_string()) return fmt::format("{}/{}", folder, item.text);
    if (!item.is_mapping())
      return refuse(item,
                    fmt::format("a {} where a name or a mapping belongs", kind_name(item.kind)));
    if (const auto* target = item.find("target")) {
      if (!target->is_string()) return refuse(*target, "the target is not a path");
      return std::string(target->text);
    }
    const auto* source = item.find("source");
    return fmt::format("{}/{}", folder, source == nullptr ? "" : sprint(*source));
  }

  static std::string typed(const Node* value, std::string_view otherwise) {
    if (value == nullptr) return std::string(otherwise);
    return fmt::format("{}{}", value->is_string() ? "" : "#", sprint(*value));
  }

  std::optional<std::string> port(const Node& item) {
    if (item.is_string()) return std::string(item.text);
    if (item.is(Kind::integer)) return sprint(item);
    if (!item.is_mapping()) return "";
    const auto* target = item.find("target");
    if (target == nullptr)
      return refuse(item, "the port has no `target`, the port in the container");
    return fmt::format("{}:{}:{}/{}", typed(item.find("host_ip"), "0.0.0.0"),
                       typed(item.find("published"), "#"), typed(target, ""),
                       typed(item.find("protocol"), "tcp"));
  }

  Findings& findings_;
  Path path_;
};

/// `args` and `environment` are rebuilt when variables are resolved, after duplicates were removed.
void nullify(Node& node, PathTable<Same>::State state, bool rebuilt) {
  if (node.is_sequence() && node.items().empty() && (rebuilt || lists().at(state) == nullptr))
    node.kind = Kind::null;
  for (auto* item : node.items()) nullify(*item, lists().item(state), false);
  for (auto& e : node.entries())
    nullify(*e.value, lists().next(state, e.key), e.key == "args" || e.key == "environment");
}

}  // namespace

void nullify_empty_lists(Node& root) { nullify(root, PathTable<Same>::root, false); }

void remove_duplicates(Findings& findings, Node& root) {
  Deduplicator(findings).value(root, PathTable<Same>::root);
}

}  // namespace landfast::compose
