// SPDX-License-Identifier: Apache-2.0
#include "compose/interpolate_tree.h"

#include <fmt/format.h>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/path_table.h"

namespace landfast::compose {
namespace {

enum class Cast : std::uint8_t { integer, real, real32, boolean };

const PathTable<Cast>& casts() {
  static const PathTable<Cast> table{
      {"services.*.cpu_count", Cast::integer},
      {"services.*.cpu_percent", Cast::real},
      {"services.*.cpu_period", Cast::integer},
      {"services.*.cpu_quota", Cast::integer},
      {"services.*.cpu_rt_period", Cast::integer},
      {"services.*.cpu_rt_runtime", Cast::integer},
      {"services.*.cpus", Cast::real32},
      {"services.*.cpu_shares", Cast::integer},
      {"services.*.init", Cast::boolean},
      {"services.*.deploy.replicas", Cast::integer},
      {"services.*.deploy.update_config.parallelism", Cast::integer},
      {"services.*.deploy.update_config.max_failure_ratio", Cast::real},
      {"services.*.deploy.rollback_config.parallelism", Cast::integer},
      {"services.*.deploy.rollback_config.max_failure_ratio", Cast::real},
      {"services.*.deploy.restart_policy.max_attempts", Cast::integer},
      {"services.*.deploy.placement.max_replicas_per_node", Cast::integer},
      {"services.*.healthcheck.retries", Cast::integer},
      {"services.*.healthcheck.disable", Cast::boolean},
      {"services.*.oom_kill_disable", Cast::boolean},
      {"services.*.oom_score_adj", Cast::integer},
      {"services.*.pids_limit", Cast::integer},
      {"services.*.ports.[].target", Cast::integer},
      {"services.*.privileged", Cast::boolean},
      {"services.*.read_only", Cast::boolean},
      {"services.*.scale", Cast::integer},
      {"services.*.stdin_open", Cast::boolean},
      {"services.*.tty", Cast::boolean},
      {"services.*.ulimits.*", Cast::integer},
      {"services.*.ulimits.*.hard", Cast::integer},
      {"services.*.ulimits.*.soft", Cast::integer},
      {"services.*.volumes.[].read_only", Cast::boolean},
      {"services.*.volumes.[].volume.nocopy", Cast::boolean},
      {"networks.*.external", Cast::boolean},
      {"networks.*.internal", Cast::boolean},
      {"networks.*.attachable", Cast::boolean},
      {"networks.*.enable_ipv4", Cast::boolean},
      {"networks.*.enable_ipv6", Cast::boolean},
      {"volumes.*.external", Cast::boolean},
      {"secrets.*.external", Cast::boolean},
      {"configs.*.external", Cast::boolean},
  };
  return table;
}

class Interpolation {
 public:
  Interpolation(Arena& arena, Findings& findings, const Lookup& lookup)
      : arena_(arena), findings_(findings), lookup_(lookup) {}

  void value(Node& node, PathTable<Cast>::State state) {
    if (arena_.exhausted()) return;
    if (node.is_string()) return string(node, casts().at(state));
    std::size_t position = 0;
    const auto item_state = casts().item(state);
    for (auto* item : node.items()) {
      const Path::Step step(path_, position++);
      value(*item, item_state);
    }
    for (auto& e : node.entries()) {
      const Path::Step step(path_, e.key);
      value(*e.value, casts().next(state, e.key));
    }
  }

 private:
  void string(Node& node, const Cast* cast) {
    if (node.text.find('$') != std::string_view::npos && !replace(node)) return;
    if (cast != nullptr) apply(node, *cast);
  }

  bool replace(Node& node) {
    auto done = substitute(node.text, lookup_);
    if (!done) {
      findings_.error(node, path_, std::move(done.error().text), std::move(done.error().hint));
      return false;
    }
    for (const auto& name : done->unset) findings_.unset(name, node.place);
    if (!arena_.exhausted()) node.text = arena_.keep(done->text);
    return true;
  }

  void apply(Node& node, Cast cast) {
    const auto text = node.text;
    switch (cast) {
    case Cast::boolean:
      return to_boolean(node);
    case Cast::integer:
      if (const auto i = parse_int(text, 10)) {
        node.kind = Kind::integer;
        node.integer = *i;
        return;
      }
      return refuse(node, "an integer");
    default:
      break;
    }
    const auto f = parse_float(text);
    if (!f) return refuse(node, "a number");
    node.kind = cast == Cast::real32 ? Kind::real32 : Kind::real;
    node.real = cast == Cast::real32 ? static_cast<double>(static_cast<float>(*f)) : *f;
  }

  void to_boolean(Node& node) {
    const auto text = node.text;
    const auto flag = boolean_word(text);
    if (!flag) return refuse(node, "true or false");
    const auto word = lower(text);
    if (word != "true" && word != "false")
      findings_.warn(fmt::format("{} is not a boolean of YAML 1.2: write `{}`", in_quotes(text),
                                 *flag ? "true" : "false"),
                     node.place, path_.text());
    node.kind = Kind::boolean;
    node.boolean = *flag;
  }

  void refuse(const Node& node, std::string_view wanted) {
    findings_.error(node, path_, fmt::format("{} is not {}", in_quotes(node.text), wanted));
  }

  Arena& arena_;
  Findings& findings_;
  const Lookup& lookup_;
  Path path_;
};

}  // namespace

std::optional<bool> boolean_word(std::string_view text) {
  const auto word = lower(text);
  if (word == "true" || word == "y" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "n" || word == "no" || word == "off") return false;
  return {};
}

void interpolate_tree(Arena& arena, Findings& findings, Node& root, const Lookup& lookup) {
  Interpolation(arena, findings, lookup).value(root, PathTable<Cast>::root);
}

}  // namespace landfast::compose
