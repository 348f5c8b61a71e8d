// SPDX-License-Identifier: Apache-2.0
#include "compose/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/text.h"
#include "compose/go_text.h"

namespace landfast::compose {
namespace {

std::uint16_t kinds_of(const Node& node) {
  switch (node.kind) {
  case Kind::null:
    return kinds::null;
  case Kind::boolean:
    return kinds::boolean;
  case Kind::integer:
  case Kind::natural:
    return kinds::integer | kinds::number;
  case Kind::real:
  case Kind::real32:
    return std::isfinite(node.real) && node.real == std::trunc(node.real)
               ? kinds::integer | kinds::number
               : kinds::number;
  case Kind::string:
    return kinds::string;
  case Kind::sequence:
    return kinds::list;
  case Kind::mapping:
    return kinds::mapping;
  case Kind::timestamp:
    break;
  }
  return 0;
}

std::string wanted(std::uint16_t takes) {
  std::vector<std::string> names;
  if (takes & kinds::string) names.emplace_back("a string");
  if (takes & kinds::number) {
    names.emplace_back("a number");
  } else if (takes & kinds::integer) {
    names.emplace_back("an integer");
  }
  if (takes & kinds::boolean) names.emplace_back("true or false");
  if (takes & kinds::list) names.emplace_back("a list");
  if (takes & kinds::mapping) names.emplace_back("a mapping");
  if (takes & kinds::null) names.emplace_back("nothing");
  if (names.size() == 1) return names[0];
  const auto last = names.back();
  names.pop_back();
  return join(names, ", ") + " or " + last;
}

/// Which keys that are no attributes a mapping takes.
bool name_fits(const Rule& rule, std::string_view key) {
  if (rule.names == "lower")
    return !key.empty() && std::ranges::all_of(key, [](char c) { return c >= 'a' && c <= 'z'; });
  if (rule.names == "name")
    return !key.empty() && std::ranges::all_of(key, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_' || c == '-';
    });
  return !key.empty() && key.find_first_not_of('\n') != std::string_view::npos;
}

class Validator {
 public:
  Validator(Findings& findings, Path path) : findings_(findings), path_(std::move(path)) {}

  void value(const Node& node, const Rule& rule, const Place& place) {
    if (findings_.full()) return;
    if ((kinds_of(node) & rule.takes) == 0) return wrong_kind(node, rule, place);
    if (node.is_mapping()) return mapping(node, rule);
    if (node.is_sequence()) return list(node, rule);
    if (node.is_string()) return string(node, rule);
    if (rule.ranged && !in_range(node, rule))
      findings_.error(
          node, path_,
          fmt::format("{} is not in the range {} to {}", sprint(node), rule.least, rule.most));
  }

 private:
  static bool in_range(const Node& node, const Rule& rule) {
    if (node.is(Kind::integer)) return node.integer >= rule.least && node.integer <= rule.most;
    if (node.is(Kind::natural)) return rule.most == INT64_MAX;
    if (!node.is_number()) return true;
    return node.real >= static_cast<double>(rule.least) &&
           node.real <= static_cast<double>(rule.most);
  }

  void wrong_kind(const Node& node, const Rule& rule, const Place& place) {
    std::string hint;
    const bool wants_string = (rule.takes & kinds::string) != 0;
    if (wants_string && (node.is_number() || node.is(Kind::boolean) || node.is(Kind::timestamp)))
      hint = fmt::format("write it between quotes: \"{}\"",
                         node.is(Kind::timestamp) ? std::string(node.text) : sprint(node));
    if (node.is_null()) hint = "give it a value, or remove the key";
    findings_.error(node.is_null() && place.source != 0 ? place : node.place, path_.text(),
                    node.is_null()
                        ? fmt::format("this needs {}", wanted(rule.takes))
                        : fmt::format("this must be {}, not {} {}", wanted(rule.takes),
                                      node.is(Kind::integer) ? "an" : "a", kind_name(node.kind)),
                    std::move(hint));
  }

  void mapping(const Node& node, const Rule& rule) {
    for (const auto& e : node.entries()) {
      if (findings_.full()) return;
      const Path::Step step(path_, e.key);
      if (const auto* attribute = known(rule, e.key)) {
        value(*e.value, *attribute->rule, e.place);
        needed(node, *attribute, e.place);
      } else if (rule.values != nullptr && name_fits(rule, e.key)) {
        value(*e.value, *rule.values, e.place);
      } else if (!rule.open && !(rule.extensible && e.key.starts_with("x-"))) {
        unknown_key(e, rule);
      }
    }
    for (const auto name : rule.required)
      if (!node.has(name)) findings_.error(node, path_, fmt::format("`{}` is missing here", name));
    if (!rule.one_of.empty()) only_one(node, rule);
  }

  void only_one(const Node& node, const Rule& rule) {
    const std::vector<std::string> names(rule.one_of.begin(), rule.one_of.end());
    std::vector<std::string> found;
    for (const auto& name : names)
      if (node.has(name)) found.push_back(name);
    if (found.empty())
      findings_.error(node, path_, fmt::format("one of {} is missing here", join(names, ", ")));
    if (found.size() > 1)
      findings_.error(node.entry(found[1])->place, path_.text(),
                      fmt::format("{} exclude each other", join(found, " and ")),
                      "leave one of them");
  }

  void needed(const Node& node, const Attribute& attribute, const Place& place) {
    if (attribute.needs.empty() || node.has(attribute.needs)) return;
    findings_.error(
        place, path_.text(),
        fmt::format("`{}` goes with `{}`, which is missing here", attribute.name, attribute.needs));
  }

  static const Attribute* known(const Rule& rule, std::string_view key) {
    const auto it = std::ranges::find(rule.attributes, key, &Attribute::name);
    return it == rule.attributes.end() ? nullptr : &*it;
  }

  void unknown_key(const Entry& e, const Rule& rule) {
    if (rule.values != nullptr)
      return findings_.error(e.place, path_.text(),
                             fmt::format("{} is no valid name", in_quotes(e.key)),
                             "names hold letters, digits, `.`, `_` and `-`");
    std::vector<std::string> names;
    for (const auto& a : rule.attributes) names.emplace_back(a.name);
    std::string hint;
    if (const auto near = nearest(e.key, names)) {
      hint = fmt::format("did you mean `{}`?", *near);
    } else if (names.size() <= 12) {
      hint = "known here: " + join(names, ", ");
    } else {
      hint = "own keys start with `x-`";
    }
    findings_.error(e.place, path_.text(), fmt::format("unknown key {}", in_quotes(e.key)),
                    std::move(hint));
  }

  void list(const Node& node, const Rule& rule) {
    std::unordered_set<std::string_view> texts;
    std::unordered_set<std::string> others;
    std::size_t position = 0;
    for (const auto* item : node.items()) {
      const Path::Step step(path_, position++);
      if (rule.items != nullptr) value(*item, *rule.items, node.place);
      if (!rule.unique) continue;
      const bool fresh = item->is_string() ? texts.insert(item->text).second
                                           : others.insert(identity(*item)).second;
      if (!fresh)
        findings_.error(
            *item, path_,
            fmt::format("{} stands in the list twice", item->is_mapping() ? "this" : sprint(*item)),
            "lists of several files are appended: name it once");
    }
  }

  /// A text that only equal values share; numbers are equal whatever their kind.
  static std::string identity(const Node& node) {
    return std::to_string(node.is_number() ? 0 : static_cast<int>(node.kind) + 1) + sprint(node);
  }

  void string(const Node& node, const Rule& rule) {
    if (!rule.words.empty() && std::ranges::find(rule.words, node.text) == rule.words.end()) {
      const std::vector<std::string> words(rule.words.begin(), rule.words.end());
      findings_.error(node, path_,
                      fmt::format("{} is not one of {}", in_quotes(node.text), join(words, ", ")));
    }
    if (rule.accepts != nullptr && !rule.accepts(node.text))
      findings_.error(node, path_,
                      rule.hidden ? fmt::format("this is not {}", rule.form)
                                  : fmt::format("{} is not {}", in_quotes(node.text), rule.form));
  }

  Findings& findings_;
  Path path_;
};

}  // namespace

void validate(Findings& findings, const Node& root, const Rule& rule, Path under) {
  Validator(findings, std::move(under)).value(root, rule, root.place);
}

}  // namespace landfast::compose
