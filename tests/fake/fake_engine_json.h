// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfast::fake {

/// Lenient reading of an API object: what is absent or of another kind counts as empty.
[[nodiscard]] inline std::string text_of(const boost::json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v && v->is_string() ? std::string(v->get_string()) : std::string{};
}
[[nodiscard]] inline const boost::json::object& object_of(const boost::json::object& o,
                                                          std::string_view key) {
  static const boost::json::object none;
  const auto* v = o.if_contains(key);
  return v && v->is_object() ? v->get_object() : none;
}
[[nodiscard]] inline const boost::json::array& array_of(const boost::json::object& o,
                                                        std::string_view key) {
  static const boost::json::array none;
  const auto* v = o.if_contains(key);
  return v && v->is_array() ? v->get_array() : none;
}
[[nodiscard]] inline bool flag_of(const boost::json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v && v->is_bool() && v->get_bool();
}
[[nodiscard]] inline std::optional<std::int64_t> number_of(const boost::json::object& o,
                                                           std::string_view key) {
  const auto* v = o.if_contains(key);
  if (!v) return std::nullopt;
  if (v->is_int64()) return v->get_int64();
  if (v->is_uint64()) return static_cast<std::int64_t>(v->get_uint64());
  return std::nullopt;
}
[[nodiscard]] inline std::vector<std::string> words_of(const boost::json::object& o,
                                                       std::string_view key) {
  std::vector<std::string> words;
  const auto* v = o.if_contains(key);
  if (v && v->is_string()) words.emplace_back(v->get_string());
  for (const auto& item : array_of(o, key))
    if (item.is_string()) words.emplace_back(item.get_string());
  return words;
}
[[nodiscard]] inline std::map<std::string, std::string> labels_of(const boost::json::object& o,
                                                                  std::string_view key) {
  std::map<std::string, std::string> labels;
  for (const auto& [name, value] : object_of(o, key))
    if (value.is_string()) labels.emplace(name, std::string(value.get_string()));
  return labels;
}

}  // namespace landfast::fake
