// SPDX-License-Identifier: Apache-2.0
#include "compose/merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "compose/go_text.h"
#include "compose/path_table.h"

namespace landfast::compose {
namespace {

enum class Rule : std::uint8_t {
  replace,     ///< the later one, even null
  key_values,  ///< both to lists of `key=value`, appended
  hosts,       ///< lists, exact duplicates dropped
  build,       ///< a string is its context
  logging,     ///< merged only with the same driver
  names,       ///< a list is a mapping of names to null
  depends_on,  ///< a list is a mapping of names to the default condition
  ulimit,
  ipam
};

using Table = PathTable<Rule>;

const Table& rules() {
  static const Table table{
      {"networks.*.ipam.config", Rule::ipam},
      {"networks.*.labels", Rule::key_values},
      {"volumes.*.labels", Rule::key_values},
      {"services.*.annotations", Rule::key_values},
      {"services.*.build", Rule::build},
      {"services.*.build.args", Rule::key_values},
      {"services.*.build.additional_contexts", Rule::key_values},
      {"services.*.build.extra_hosts", Rule::hosts},
      {"services.*.build.labels", Rule::key_values},
      {"services.*.command", Rule::replace},
      {"services.*.depends_on", Rule::depends_on},
      {"services.*.deploy.labels", Rule::key_values},
      {"services.*.dns", Rule::key_values},
      {"services.*.dns_opt", Rule::key_values},
      {"services.*.dns_search", Rule::key_values},
      {"services.*.entrypoint", Rule::replace},
      {"services.*.env_file", Rule::key_values},
      {"services.*.label_file", Rule::key_values},
      {"services.*.environment", Rule::key_values},
      {"services.*.extra_hosts", Rule::hosts},
      {"services.*.healthcheck.test", Rule::replace},
      {"services.*.labels", Rule::key_values},
      {"services.*.volumes.*.volume.labels", Rule::key_values},
      {"services.*.logging", Rule::logging},
      {"services.*.models", Rule::names},
      {"services.*.networks", Rule::names},
      {"services.*.sysctls", Rule::key_values},
      {"services.*.tmpfs", Rule::key_values},
      {"services.*.ulimits.*", Rule::ulimit},
  };
  return table;
}

class Merger {
 public:
  Merger(Arena& arena, Findings& findings) : arena_(arena), findings_(findings) {}

  Node* value(Node* base, Node* over, Table::State state) {
    if (const auto* rule = rules().at(state)) return by_rule(*rule, base, over, state);
    if (over->is_null()) return base;
    if (base->is_mapping()) {
      if (!over->is_mapping()) return clash(base, over);
      return mappings(base, over, state);
    }
    if (base->is_sequence()) {
      if (!over->is_sequence()) return clash(base, over);
      for (auto* item : over->items()) arena_.push(*base, item);
      return base;
    }
    return over;
  }

  Path path;

 private:
  Node* clash(Node* base, Node* over) {
    findings_.error(*over, path,
                    fmt::format("this {} cannot be merged with the {} that it overrides",
                                kind_name(over->kind), kind_name(base->kind)),
                    "use the same form in both, or `!override` to replace it");
    return base;
  }

  Node* mappings(Node* base, Node* over, Table::State state) {
    for (const auto& e : over->entries()) {
      auto* found = base->entry(e.key);
      if (found == nullptr) {
        arena_.append(*base, e);
        continue;
      }
      const Path::Step step(path, e.key);
      found->value = value(found->value, e.value, rules().next(state, e.key));
      if (found->value == e.value) found->place = e.place;
    }
    return base;
  }

  Node* by_rule(Rule rule, Node* base, Node* over, Table::State state) {
    switch (rule) {
    case Rule::replace:
      return over;
    case Rule::key_values:
      return append(list(base), list(over), false);
    case Rule::hosts:
      return append(list(base), list(over), true);
    case Rule::build:
      return both(build(base), build(over), base, over, state);
    case Rule::logging:
      return logging(base, over, state);
    case Rule::names:
      return both(named(base, false), named(over, false), base, over, state);
    case Rule::depends_on:
      return both(named(base, true), named(over, true), base, over, state);
    case Rule::ulimit:
      return over;
    case Rule::ipam:
      return ipam(base, over, state);
    }
    return over;
  }

  Node* append(Node* first, Node* second, bool drop_equal) {
    if (first == nullptr || second == nullptr) return first == nullptr ? second : first;
    const auto count = first->seq.size;
    for (auto* item : second->items()) {
      const auto same = [&](const Node* other) { return equal(*other, *item); };
      if (drop_equal && std::ranges::any_of(first->items().first(count), same)) continue;
      arena_.push(*first, item);
    }
    return first;
  }

  /// A mapping as a sorted list of `key=value`, a string as a list of one, anything else: none.
  Node* list(Node* from) {
    if (from->is_sequence()) return from;
    auto* out = arena_.sequence(from->place);
    if (from->is_string()) arena_.push(*out, from);
    for (const auto& e : from->entries()) {
      if (e.value->is_sequence()) {
        for (const auto* item : e.value->items())
          arena_.push(*out, text(std::string(e.key) + "=" + sprint(*item), e.place));
      } else if (e.value->is_null()) {
        arena_.push(*out, text(std::string(e.key), e.place));
      } else {
        arena_.push(*out, text(std::string(e.key) + "=" + sprint(*e.value), e.place));
      }
    }
    if (from->is_mapping()) std::ranges::sort(out->items(), {}, &Node::text);
    return out;
  }

  Node* text(const std::string& value, Place place) { return arena_.string(value, place); }

  Node* build(Node* from) {
    if (!from->is_string()) return from;
    auto* out = arena_.mapping(from->place);
    arena_.put(*out, "context", from, from->place);
    return out;
  }

  Node* named(Node* from, bool condition) {
    if (!from->is_sequence()) return from;
    auto* out = arena_.mapping(from->place);
    for (auto* item : from->items()) {
      if (!item->is_string()) {
        findings_.error(*item, path, fmt::format("a {} is no name", kind_name(item->kind)));
        continue;
      }
      auto* value = condition ? arena_.mapping(item->place) : arena_.null(item->place);
      if (condition) {
        arena_.put(*value, "condition", text("service_started", item->place), item->place);
        arena_.put(*value, "required", arena_.boolean(true, item->place), item->place);
      }
      arena_.put(*out, item->text, value, item->place);
    }
    return out;
  }

  Node* both(Node* first, Node* second, Node* base, Node* over, Table::State state) {
    if (second->is_null()) return first;
    if (first->is_null()) return second;
    if (!first->is_mapping() || !second->is_mapping()) return clash(base, over);
    return mappings(first, second, state);
  }

  Node* logging(Node* base, Node* over, Table::State state) {
    if (!base->is_mapping() || !over->is_mapping()) return clash(base, over);
    const auto* mine = base->find("driver");
    const auto* other = over->find("driver");
    if (mine == nullptr || other == nullptr || equal(*mine, *other))
      return mappings(base, over, state);
    return over;
  }

  static bool same_subnet(const Node& a, const Node& b) {
    const auto* x = a.find("subnet");
    const auto* y = b.find("subnet");
    return x == nullptr || y == nullptr ? x == y : equal(*x, *y);
  }

  void put_pool(Node& out, Node* pool, bool replace) {
    for (std::uint32_t i = 0; i < out.seq.size; ++i) {
      if (!same_subnet(*out.seq.data[i], *pool)) continue;
      if (replace) out.seq.data[i] = pool;
      return;
    }
    arena_.push(out, pool);
  }

  Node* ipam(Node* base, Node* over, Table::State state) {
    if (!base->is_sequence() || !over->is_sequence()) return clash(base, over);
    auto* out = arena_.sequence(over->place);
    for (auto* original : base->items()) {
      for (auto* pool : over->items()) {
        if (!original->is_mapping() || !pool->is_mapping()) return clash(base, over);
        const bool known = std::ranges::any_of(
            out->items(), [&](const Node* other) { return same_subnet(*other, *pool); });
        if (!same_subnet(*pool, *original) && !known) {
          put_pool(*out, pool, false);
          continue;
        }
        put_pool(*out, mappings(original, arena_.clone(*pool), state), true);
      }
    }
    return out;
  }

  Arena& arena_;
  Findings& findings_;
};

/// Whether the path is one that the document tagged; `*` in a tagged path stands for any key.
bool tagged(const std::vector<std::string_view>& path,
            const std::vector<std::vector<std::string>>& resets) {
  return std::ranges::any_of(resets, [&](const auto& reset) {
    return std::ranges::equal(path, reset, [](std::string_view key, const std::string& pattern) {
      return pattern == "*" || key == pattern;
    });
  });
}

void erase_tagged(Arena& arena, Node& node, std::vector<std::string_view>& path,
                  const std::vector<std::vector<std::string>>& resets) {
  for (auto* item : node.items()) {
    path.push_back("[]");
    erase_tagged(arena, *item, path, resets);
    path.pop_back();
  }
  std::vector<std::string_view> gone;
  for (const auto& e : node.entries()) {
    path.push_back(e.key);
    if (tagged(path, resets)) {
      gone.push_back(e.key);
    } else {
      erase_tagged(arena, *e.value, path, resets);
    }
    path.pop_back();
  }
  for (const auto key : gone) arena.erase(node, key);
}

}  // namespace

Node* merge_model(Arena& arena, Findings& findings, Node* base, Node* over) {
  return Merger(arena, findings).value(base, over, Table::root);
}

Node* merge_service(Arena& arena, Findings& findings, Node* base, Node* over) {
  Merger merger(arena, findings);
  merger.path = Path{"services", "x"};
  const auto state = rules().next(rules().next(Table::root, "services"), "x");
  return merger.value(base, over, state);
}

void apply_resets(Arena& arena, Node& root, const std::vector<std::vector<std::string>>& resets) {
  std::vector<std::string_view> path;
  if (!resets.empty()) erase_tagged(arena, root, path, resets);
}

void apply_resets_to_service(Arena& arena, Node& service, std::string_view name,
                             const std::vector<std::vector<std::string>>& resets) {
  std::vector<std::string_view> path{"services", name};
  if (!resets.empty()) erase_tagged(arena, service, path, resets);
}

}  // namespace landfast::compose
