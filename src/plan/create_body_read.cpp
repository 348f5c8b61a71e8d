// SPDX-License-Identifier: Apache-2.0
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "plan/create_body_parts.h"

namespace landfast::body {

namespace {

std::optional<double> unit_nanoseconds(std::string_view unit) {
  if (unit == "h") return 3.6e12;
  if (unit == "m") return 6e10;
  if (unit == "s") return 1e9;
  if (unit == "ms") return 1e6;
  if (unit == "us" || unit == "µs" || unit == "μs") return 1e3;
  if (unit == "ns") return 1;
  return std::nullopt;
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  long double total = 0;
  if (text == "0") return std::chrono::nanoseconds{0};
  while (!text.empty()) {
    const auto number = text.find_first_not_of("0123456789.");
    if (number == 0 || number == std::string_view::npos) return std::nullopt;
    double amount = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + number, amount);
    if (error != std::errc{} || end != text.data() + number) return std::nullopt;
    text.remove_prefix(number);
    const auto next = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = unit_nanoseconds(text.substr(0, next));
    if (!unit) return std::nullopt;
    total += static_cast<long double>(amount) * *unit;
    text.remove_prefix(next);
  }
  if (total > 9.2e18L) return std::nullopt;
  return std::chrono::nanoseconds{std::llroundl(total)};
}

}  // namespace

const Value* find(const Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}
const Object* find_object(const Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}
const Array* find_array(const Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_array() : nullptr;
}

std::string text(const Value& value) {
  if (const auto* string = value.if_string()) return {string->data(), string->size()};
  if (value.is_null() || value.is_structured()) return {};
  return boost::json::serialize(value);
}
std::string text(const Object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value ? text(*value) : std::string{};
}

std::int64_t integer(const Value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64()) return static_cast<std::int64_t>(value.get_uint64());
  if (value.is_double()) return static_cast<std::int64_t>(value.get_double());
  const auto* string = value.if_string();
  std::int64_t number = 0;
  if (string) {
    const bool octal = string->size() > 1 && string->front() == '0';
    std::from_chars(string->data(), string->data() + string->size(), number, octal ? 8 : 10);
  }
  return number;
}
std::int64_t integer(const Object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value ? integer(*value) : 0;
}

double real(const Object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (!value) return 0;
  if (value->is_double()) return value->get_double();
  const auto* string = value->if_string();
  if (!string) return static_cast<double>(integer(*value));
  double number = 0;
  std::from_chars(string->data(), string->data() + string->size(), number);
  return number;
}

bool flag(const Object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts(const Object& object, std::string_view key) {
  std::vector<std::string> out;
  if (const auto* array = find_array(object, key))
    for (const auto& item : *array) out.push_back(text(item));
  return out;
}

std::optional<std::chrono::nanoseconds> duration(const Object& object, std::string_view key) {
  const auto written = text(object, key);
  return written.empty() ? std::nullopt : parse_duration(written);
}

void put_text(Object& out, std::string_view key, std::string_view value) {
  if (!value.empty()) out[key] = value;
}
void put_integer(Object& out, std::string_view key, std::int64_t value) {
  if (value != 0) out[key] = value;
}
void put_flag(Object& out, std::string_view key, bool value) {
  if (value) out[key] = true;
}
void put_list(Object& out, std::string_view key, Array value) {
  if (!value.empty()) out[key] = std::move(value);
}
Array array_of(const std::vector<std::string>& values) {
  Array out;
  for (const auto& value : values) out.emplace_back(value);
  return out;
}

}  // namespace landfast::body
