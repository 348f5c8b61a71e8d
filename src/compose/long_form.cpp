// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "compose/canonical.h"
#include "compose/go_text.h"
#include "compose/path_table.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

enum class Form : std::uint8_t {
  walk,  ///< a mapping: look inside
  build,
  key_values,
  depends_on,
  env_file,
  text_list,
  text_list_cleaned,  ///< dns: empty entries are left out
  extends,
  gpus,
  names,
  volume,
  device,
  grant,
  ports,
  ssh,
  ulimit,
  text,
  resource
};

using Table = PathTable<Form>;

const Table& forms() {
  static const Table table{
      {"services.*", Form::walk},
      {"services.*.build.secrets.*", Form::grant},
      {"services.*.build.provenance", Form::text},
      {"services.*.build.sbom", Form::text},
      {"services.*.build.additional_contexts", Form::key_values},
      {"services.*.depends_on", Form::depends_on},
      {"services.*.env_file", Form::env_file},
      {"services.*.label_file", Form::text_list},
      {"services.*.extends", Form::extends},
      {"services.*.gpus", Form::gpus},
      {"services.*.networks", Form::names},
      {"services.*.models", Form::names},
      {"services.*.volumes.*", Form::volume},
      {"services.*.dns", Form::text_list_cleaned},
      {"services.*.devices.*", Form::device},
      {"services.*.secrets.*", Form::grant},
      {"services.*.configs.*", Form::grant},
      {"services.*.ports", Form::ports},
      {"services.*.build", Form::build},
      {"services.*.build.ssh", Form::ssh},
      {"services.*.ulimits.*", Form::ulimit},
      {"services.*.build.ulimits.*", Form::ulimit},
      {"services.*.develop.watch.*.ignore", Form::text_list},
      {"services.*.develop.watch.*.include", Form::text_list},
      {"volumes.*", Form::resource},
      {"networks.*", Form::resource},
      {"secrets.*", Form::resource},
      {"configs.*", Form::resource},
  };
  return table;
}

class Expander {
 public:
  Expander(Arena& arena, Findings& findings, bool lenient)
      : arena_(arena), findings_(findings), lenient_(lenient) {}

  Node* value(Node* node, Table::State state) {
    if (const auto* form = forms().at(state)) return by_form(*form, node, state);
    inside(*node, state);
    return node;
  }

 private:
  void inside(Node& node, Table::State state) {
    if (state < 0) return;
    const auto item_state = forms().item(state);
    if (node.is_sequence() && item_state >= 0) {
      std::size_t position = 0;
      for (auto*& item : node.items()) {
        const Path::Step step(path_, position++);
        item = value(item, item_state);
      }
    }
    for (auto& e : node.entries()) {
      const Path::Step step(path_, e.key);
      e.value = value(e.value, forms().next(state, e.key));
    }
  }

  Node* refuse(Node* node, std::string_view what) {
    findings_.error(*node, path_, fmt::format("a {} is no {}", kind_name(node->kind), what));
    return node;
  }

  Node* by_form(Form form, Node* node, Table::State state) {
    switch (form) {
    case Form::walk:
      inside(*node, state);
      return node;
    case Form::build:
      return build(node, state);
    case Form::key_values:
      return key_values(node);
    case Form::depends_on:
      return depends_on(node);
    case Form::env_file:
      return env_file(node);
    case Form::text_list:
      return text_list(node);
    case Form::text_list_cleaned:
      return cleaned(text_list(node));
    case Form::extends:
      return node->is_string() ? single("service", node) : node;
    case Form::gpus:
      return gpus(node);
    case Form::names:
      return names(node);
    case Form::volume:
      return volume(node);
    case Form::device:
      return device(node);
    case Form::grant:
      return node->is_string()    ? single("source", node)
             : node->is_mapping() ? node
                                  : refuse(node, "name or mapping");
    case Form::ports:
      return ports(node);
    case Form::ssh:
      return ssh(node);
    case Form::ulimit:
      return node->is_mapping() || node->is(Kind::integer) ? node : refuse(node, "limit");
    case Form::text:
      return node->is_string() ? node : arena_.string(sprint(*node), node->place);
    case Form::resource:
      return resource(node, state);
    }
    return node;
  }

  Node* single(std::string_view key, Node* value) {
    auto* out = arena_.mapping(value->place);
    arena_.put(*out, key, value, value->place);
    return out;
  }

  Node* text(std::string_view value, const Node& from) { return arena_.string(value, from.place); }

  Node* build(Node* node, Table::State state) {
    if (node->is_string()) return single("context", node);
    if (!node->is_mapping()) return refuse(node, "build");
    inside(*node, state);
    return node;
  }

  Node* key_values(Node* node) {
    if (node->is_mapping()) return node;
    if (!node->is_sequence()) return refuse(node, "mapping");
    auto* out = arena_.mapping(node->place);
    for (auto* item : node->items()) {
      const auto equals = item->is_string() ? item->text.find('=') : std::string_view::npos;
      if (equals == std::string_view::npos) {
        if (lenient_) return node;
        findings_.error(*item, path_,
                        fmt::format("{} is not NAME=VALUE", in_quotes(sprint(*item))));
        continue;
      }
      arena_.put(*out, item->text.substr(0, equals), text(item->text.substr(equals + 1), *item),
                 item->place);
    }
    return out;
  }

  Node* default_dependency(const Node& at) {
    auto* out = arena_.mapping(at.place);
    arena_.put(*out, "condition", text("service_started", at), at.place);
    arena_.put(*out, "required", arena_.boolean(true, at.place), at.place);
    return out;
  }

  Node* depends_on(Node* node) {
    if (node->is_sequence()) {
      auto* out = arena_.mapping(node->place);
      for (auto* item : node->items())
        if (item->is_string())
          arena_.put(*out, item->text, default_dependency(*item), item->place);
        else
          refuse(item, "service name");
      return out;
    }
    if (!node->is_mapping()) return refuse(node, "list of services");
    for (auto& e : node->entries()) {
      if (!e.value->is_mapping()) {
        refuse(e.value, "dependency");
        continue;
      }
      if (!e.value->has("condition"))
        arena_.put(*e.value, "condition", text("service_started", *e.value), e.place);
      if (!e.value->has("required"))
        arena_.put(*e.value, "required", arena_.boolean(true, e.place), e.place);
    }
    return node;
  }

  Node* env_file_item(Node* item) {
    auto* out = item->is_string() ? single("path", item) : item;
    if (out->is_mapping() && !out->has("required"))
      arena_.put(*out, "required", arena_.boolean(true, item->place), item->place);
    return out;
  }

  Node* env_file(Node* node) {
    if (node->is_string()) {
      auto* out = arena_.sequence(node->place);
      arena_.push(*out, env_file_item(node));
      return out;
    }
    if (!node->is_sequence()) return refuse(node, "env file");
    for (auto*& item : node->items()) item = env_file_item(item);
    return node;
  }

  Node* text_list(Node* node) {
    if (!node->is_string()) return node;
    auto* out = arena_.sequence(node->place);
    arena_.push(*out, node);
    return out;
  }

  Node* cleaned(Node* node) {
    if (!node->is_sequence()) return node;
    std::uint32_t kept = 0;
    for (auto* item : node->items())
      if (!item->is_null() && !(item->is_string() && item->text.empty()))
        node->seq.data[kept++] = item;
    node->seq.size = kept;
    return node;
  }

  Node* gpus(Node* node) {
    if (node->is_sequence()) return node;
    if (!node->is_string()) return refuse(node, "list of devices");
    auto* out = arena_.sequence(node->place);
    arena_.push(*out, single("count", text("all", *node)));
    return out;
  }

  Node* names(Node* node) {
    if (!node->is_sequence()) return node;
    auto* out = arena_.mapping(node->place);
    for (auto* item : node->items())
      if (item->is_string()) arena_.put(*out, item->text, arena_.null(item->place), item->place);
    return out;
  }

  void set(Node& out, std::string_view key, std::string_view value, const Node& from) {
    if (!value.empty()) arena_.put(out, key, text(value, from), from.place);
  }

  Node* volume(Node* node) {
    if (node->is_mapping()) return node;
    if (!node->is_string()) return refuse(node, "mount");
    const auto v = parse_volume(node->text);
    if (!v) {
      if (!lenient_) findings_.error(*node, path_, v.error().text, v.error().hint);
      return node;
    }
    auto* out = arena_.mapping(node->place);
    set(*out, "type", v->bind ? "bind" : "volume", *node);
    set(*out, "source", v->source, *node);
    set(*out, "target", clean_path(v->target), *node);
    if (v->read_only) arena_.put(*out, "read_only", arena_.boolean(true, node->place), node->place);
    if (v->bind || v->bind_options) {
      auto* bind = arena_.mapping(node->place);
      set(*bind, "selinux", v->selinux, *node);
      set(*bind, "propagation", v->propagation, *node);
      if (v->bind)
        arena_.put(*bind, "create_host_path", arena_.boolean(true, node->place), node->place);
      arena_.put(*out, "bind", bind, node->place);
    }
    if (!v->bare && (!v->bind || v->nocopy)) {
      auto* options = arena_.mapping(node->place);
      if (v->nocopy) arena_.put(*options, "nocopy", arena_.boolean(true, node->place), node->place);
      arena_.put(*out, "volume", options, node->place);
    }
    return out;
  }

  Node* device(Node* node) {
    if (node->is_mapping()) return node;
    if (!node->is_string()) return refuse(node, "device");
    const auto parts = split(node->text, ':');
    if (parts.size() > 3) {
      if (lenient_) return node;
      findings_.error(*node, path_, fmt::format("{} has too many colons", in_quotes(node->text)),
                      "the form is SOURCE[:TARGET[:PERMISSIONS]]");
      return node;
    }
    auto* out = arena_.mapping(node->place);
    const auto target = parts.size() > 1 && !parts[1].empty() ? parts[1] : parts[0];
    arena_.put(*out, "source", text(parts[0], *node), node->place);
    arena_.put(*out, "target", text(target, *node), node->place);
    arena_.put(*out, "permissions", text(parts.size() > 2 ? parts[2] : "rwm", *node), node->place);
    return out;
  }

  Node* ports(Node* node) {
    if (!node->is_sequence()) return refuse(node, "list of ports");
    auto* out = arena_.sequence(node->place);
    std::size_t position = 0;
    for (auto* item : node->items()) {
      const Path::Step step(path_, position++);
      if (arena_.exhausted()) break;
      if (item->is_mapping()) {
        arena_.push(*out, item);
      } else if (item->is_string() || item->is(Kind::integer)) {
        if (!short_port(*out, *item) && lenient_) return node;
      } else {
        refuse(item, "port");
      }
    }
    return out;
  }

  bool short_port(Node& out, const Node& item) {
    const auto parsed = parse_port(sprint(item));
    if (!parsed) {
      if (!lenient_) findings_.error(item, path_, parsed.error().text, parsed.error().hint);
      return false;
    }
    for (const auto& p : *parsed) {
      auto* port = arena_.mapping(item.place);
      set(*port, "mode", "ingress", item);
      set(*port, "host_ip", p.host_ip, item);
      if (p.target != 0)
        arena_.put(*port, "target", arena_.integer(p.target, item.place), item.place);
      set(*port, "published", p.published, item);
      set(*port, "protocol", p.protocol, item);
      arena_.push(out, port);
      if (arena_.exhausted()) return true;
    }
    return true;
  }

  Node* ssh(Node* node) {
    if (node->is_mapping()) return node;
    if (!node->is_sequence()) return refuse(node, "list of ssh keys");
    auto* out = arena_.mapping(node->place);
    for (auto* item : node->items()) {
      if (!item->is_string()) return refuse(item, "ssh key");
      const auto equals = item->text.find('=');
      if (equals != std::string_view::npos) {
        arena_.put(*out, item->text.substr(0, equals), text(item->text.substr(equals + 1), *item),
                   item->place);
      } else if (item->text == "default") {
        arena_.put(*out, item->text, arena_.null(item->place), item->place);
      } else {
        findings_.error(*item, path_, fmt::format("{} is not an ssh key", in_quotes(item->text)),
                        "write `default` or ID=PATH");
      }
    }
    return out;
  }

  Node* resource(Node* node, Table::State state) {
    if (!node->is_mapping()) return node->is_null() ? node : refuse(node, "mapping");
    inside(*node, state);
    const auto* external = node->find("external");
    if (external == nullptr || !external->is_mapping()) return node;
    const auto* old_name = external->find("name");
    arena_.put(*node, "external", arena_.boolean(true, external->place), external->place);
    if (old_name == nullptr) return node;
    findings_.warn("external.name is deprecated: write `name` and `external: true`",
                   external->place, path_.text());
    const auto* name = node->find("name");
    if (name == nullptr) {
      arena_.put(*node, "name", arena_.clone(*old_name), old_name->place);
    } else if (!equal(*name, *old_name)) {
      findings_.error(*old_name, path_, "`name` and `external.name` differ", "keep only `name`");
    }
    return node;
  }

  Arena& arena_;
  Findings& findings_;
  bool lenient_;
  Path path_;
};

}  // namespace

void to_long_form(Arena& arena, Findings& findings, Node& root, bool lenient) {
  Expander(arena, findings, lenient).value(&root, Table::root);
}

}  // namespace landfast::compose
