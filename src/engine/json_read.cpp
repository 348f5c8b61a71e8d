// SPDX-License-Identifier: Apache-2.0
#include "engine/json_read.h"

#include <fmt/core.h>

#include <boost/json/parse.hpp>

namespace landfast {
namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::int64_t number_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_number()) return 0;
  boost::system::error_code ignored;
  const auto whole = value->to_number<std::int64_t>(ignored);
  return ignored ? 0 : whole;
}

bool flag_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object none;
  const auto* value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_at(const json::object& object, std::string_view key) {
  static const json::array none;
  const auto* value = object.if_contains(key);
  return value && value->is_array() ? value->get_array() : none;
}

std::vector<std::string> texts_at(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& value : array_at(object, key))
    if (value.is_string()) texts.emplace_back(value.get_string());
  return texts;
}

std::map<std::string, std::string> text_map_at(const json::object& object, std::string_view key) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : object_at(object, key))
    if (value.is_string()) texts.emplace(name, value.get_string());
  return texts;
}

Result<json::value> parse_json(std::string_view text, std::string_view what) {
  json::parse_options options;
  options.max_depth = 128;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  auto value = json::parse(text, error, {}, options);
  if (error) return fail(Code::corrupt, fmt::format("{} is not JSON: {}", what, error.message()));
  return value;
}

Result<json::object> parse_object(std::string_view text, std::string_view what) {
  TRY(auto value, parse_json(text, what));
  if (value.is_null()) return json::object{};
  if (!value.is_object()) return fail(Code::corrupt, fmt::format("{} is not an object", what));
  return std::move(value.get_object());
}

Result<json::array> parse_array(std::string_view text, std::string_view what) {
  TRY(auto value, parse_json(text, what));
  if (value.is_null()) return json::array{};
  if (!value.is_array()) return fail(Code::corrupt, fmt::format("{} is not a list", what));
  return std::move(value.get_array());
}

}  // namespace landfast
