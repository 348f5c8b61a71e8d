// SPDX-License-Identifier: Apache-2.0
#include "compose/json_schema.h"

#include <boost/json/array.hpp>

#include "compose/landfast_rules.h"
#include "model/json_text.h"

namespace landfast::compose {
namespace {

namespace json = boost::json;

json::array types(std::uint16_t takes) {
  json::array out;
  const auto add = [&](std::uint16_t kind, const char* name) {
    if ((takes & kind) != 0) out.emplace_back(name);
  };
  add(kinds::null, "null");
  add(kinds::boolean, "boolean");
  add(kinds::integer, "integer");
  add(kinds::number, "number");
  add(kinds::string, "string");
  add(kinds::list, "array");
  add(kinds::mapping, "object");
  return out;
}

json::array words(std::span<const std::string_view> words) {
  json::array out;
  for (const auto w : words) out.emplace_back(w);
  return out;
}

std::string one_of_words(std::span<const std::string_view> words) {
  std::string out = "^(";
  for (const auto w : words) out += (out.size() > 2 ? "|" : "") + std::string(w);
  return out + ")$";
}

json::object schema_of(const Rule& rule);

/// A rule that has a definition of its own is named, any other written out.
json::object reference_or(const Rule& rule) {
  if (&rule == &landfast_stack_rule()) return {{"$ref", "#/definitions/stack"}};
  if (&rule == &landfast_service_rule()) return {{"$ref", "#/definitions/service"}};
  return schema_of(rule);
}

json::object properties(const Rule& rule) {
  json::object out;
  for (const auto& a : rule.attributes) {
    auto property = reference_or(*a.rule);
    // Beside `$ref` draft 7 reads nothing.
    if (!a.about.empty() && !property.contains("$ref")) property["description"] = a.about;
    out[a.name] = std::move(property);
  }
  return out;
}

json::object dependencies(const Rule& rule) {
  json::object out;
  for (const auto& a : rule.attributes)
    if (!a.needs.empty()) out[a.name] = json::array{json::string(a.needs)};
  return out;
}

void add_mapping(const Rule& rule, json::object& out) {
  if (!rule.attributes.empty()) {
    out["properties"] = properties(rule);
    if (auto needs = dependencies(rule); !needs.empty()) out["dependencies"] = std::move(needs);
    if (rule.extensible) out["patternProperties"] = json::object{{"^x-", json::object{}}};
  }
  if (!rule.required.empty()) out["required"] = words(rule.required);
  if (!rule.one_of.empty()) {
    json::array choices;
    for (const auto w : rule.one_of)
      choices.push_back(json::object{{"required", json::array{json::string(w)}}});
    if (rule.takes != kinds::mapping) {  // `required` holds for whatever is no mapping
      for (auto& choice : choices) choice.as_object()["type"] = "object";
      choices.push_back(json::object{{"type", types(rule.takes & ~kinds::mapping)}});
    }
    out["oneOf"] = std::move(choices);
  }
  if (rule.names == "name") out["propertyNames"] = json::object{{"pattern", "^[a-zA-Z0-9._-]+$"}};
  if (rule.values != nullptr) {
    out["additionalProperties"] = reference_or(*rule.values);
  } else {
    out["additionalProperties"] = rule.open;
  }
}

void add_scalar(const Rule& rule, json::object& out) {
  if (!rule.words.empty() && rule.takes == kinds::string) out["enum"] = words(rule.words);
  if (!rule.words.empty() && rule.takes != kinds::string) out["pattern"] = one_of_words(rule.words);
  if (!rule.pattern.empty()) out["pattern"] = rule.pattern;
  if (!rule.ranged) return;
  out["minimum"] = rule.least;
  out["maximum"] = rule.most;
}

json::object schema_of(const Rule& rule) {
  json::object out;
  if (rule.takes != kinds::any) {
    auto all = types(rule.takes);
    out["type"] = all.size() == 1 ? all[0] : json::value(all);
  }
  add_scalar(rule, out);
  if ((rule.takes & kinds::list) != 0 && rule.items != nullptr) {
    out["items"] = reference_or(*rule.items);
    if (rule.unique) out["uniqueItems"] = true;
  }
  if ((rule.takes & kinds::mapping) != 0 && !rule.open) add_mapping(rule, out);
  return out;
}

}  // namespace

json::object landfast_schema() {
  auto file = schema_of(landfast_file_rule());
  json::object out{{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "landfast.yaml"},
                   {"description", "What Landfast needs to know beside the compose file"}};
  for (auto& [key, value] : file) out[key] = std::move(value);
  out["definitions"] = json::object{{"stack", schema_of(landfast_stack_rule())},
                                    {"service", schema_of(landfast_service_rule())}};
  return out;
}

std::string landfast_schema_text() { return indented_json(landfast_schema()) + "\n"; }

}  // namespace landfast::compose
