// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "compose/binder.h"
#include "compose/go_text.h"
#include "compose/interpolate_tree.h"
#include "compose/natural_order.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace json = boost::json;
namespace {

template <class T>
std::optional<json::value> unless_empty(T&& made) {
  if (made.empty()) return {};
  return json::value(std::forward<T>(made));
}

double as_real(const Node& node) {
  if (node.is(Kind::integer)) return static_cast<double>(node.integer);
  if (node.is(Kind::natural)) return static_cast<double>(node.natural);
  return node.real;
}

/// Go's conversion of a float to int64; what does not fit is the least value, as on amd64.
std::int64_t truncated(double value) {
  if (!(value > -9.2233720368547758e18 && value < 9.2233720368547758e18)) return INT64_MIN;
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<std::string> Binder::text_value(const Node& node) {
  if (node.is_string()) return std::string(node.text);
  if (node.is(Kind::integer)) return std::to_string(node.integer);
  if (node.is_null()) return "";
  refuse(node, "a string");
  return {};
}

Binder::Value Binder::text(const Node& node, bool always) {
  const auto value = text_value(node);
  if (!value || (value->empty() && !always)) return {};
  return str(*value);
}

Binder::Value Binder::flag(const Node& node, bool keep) {
  const auto word = node.is_string() ? boolean_word(node.text) : std::nullopt;
  if (!node.is(Kind::boolean) && !word) return refuse(node, "true or false");
  const bool value = word ? *word : node.boolean;
  if (!value && !keep) return {};
  return json::value(value);
}

Binder::Value Binder::integer(const Node& node, bool keep) {
  std::optional<std::int64_t> value;
  if (node.is_string()) value = parse_int(node.text, 10);
  if (node.is(Kind::integer)) value = node.integer;
  if (node.is(Kind::natural)) value = static_cast<std::int64_t>(node.natural);
  if (node.is(Kind::real) || node.is(Kind::real32)) value = truncated(node.real);
  if (!value) return refuse(node, "an integer");
  if (*value == 0 && !keep) return {};
  return json::value(*value);
}

Binder::Value Binder::natural(const Node& node, bool keep, std::uint64_t mask) {
  if (!node.is_number() || as_real(node) < 0) return refuse(node, "an integer from 0 on");
  const auto whole = node.is(Kind::integer)   ? static_cast<std::uint64_t>(node.integer)
                     : node.is(Kind::natural) ? node.natural
                                              : static_cast<std::uint64_t>(truncated(node.real));
  const auto value = whole & mask;
  if (value == 0 && !keep) return {};
  return json::value(value);
}

Binder::Value Binder::real32(const Node& node) {
  const auto value = node.is_string()   ? parse_float(node.text)
                     : node.is_number() ? std::optional(as_real(node))
                                        : std::nullopt;
  if (!value || !std::isfinite(*value)) return refuse(node, "a number");
  if (static_cast<float>(*value) == 0) return {};
  const double widened = widen_float32(*value);
  if (widened == std::trunc(widened) && std::abs(widened) < 1e15)
    return json::value(static_cast<std::int64_t>(widened));
  return json::value(widened);
}

Binder::Value Binder::cpus(const Node& node) { return real32(node); }

Binder::Value Binder::bytes(const Node& node, bool keep) {
  std::int64_t value = 0;
  if (node.is(Kind::integer)) value = node.integer;
  if (node.is_string()) {
    auto parsed = parse_bytes(node.text);
    if (!parsed) {
      findings_.error(node, path_, std::move(parsed.error().text), std::move(parsed.error().hint));
      return {};
    }
    value = *parsed;
  } else if (!node.is(Kind::integer)) {
    findings_.warn("Compose ignores this number: write it as a text with a unit, such as 64m",
                   node.place, path_.text());
  }
  if (value == 0 && !keep) return {};
  return str(std::to_string(value));
}

Binder::Value Binder::duration(const Node& node, bool keep) {
  auto parsed = parse_duration(sprint(node));
  if (!parsed) {
    findings_.error(node, path_, std::move(parsed.error().text), std::move(parsed.error().hint));
    return {};
  }
  if (parsed->count() == 0 && !keep) return {};
  return str(go_duration(*parsed));
}

Binder::Value Binder::device_count(const Node& node) {
  std::optional<std::int64_t> value;
  if (node.is(Kind::integer)) value = node.integer;
  if (node.is_string()) value = lower(node.text) == "all" ? -1 : parse_int(node.text, 10);
  if (!value) return refuse(node, "`all` or a number");
  if (*value == 0) return {};
  return json::value(*value);
}

Binder::Value Binder::file_mode(const Node& node) {
  std::optional<std::int64_t> value;
  if (node.is(Kind::integer)) value = node.integer;
  if (node.is_string()) value = parse_int(node.text, 8);
  if (!value) return refuse(node, "a file mode, such as 0440");
  return str(*value < 0 ? fmt::format("0-{:o}", -*value) : fmt::format("0{:o}", *value));
}

Binder::Value Binder::texts(const Node& node, bool single, bool loose) {
  json::array out(storage_);
  if (node.is_string() && single) {
    out.push_back(str(node.text));
    return json::value(std::move(out));
  }
  if (!node.is_sequence()) return refuse(node, "a list");
  std::size_t position = 0;
  for (const auto* item : node.items()) {
    const Path::Step step(path_, position++);
    if (loose) {
      out.push_back(str(sprint(*item)));
    } else if (const auto value = text_value(*item)) {
      out.push_back(str(*value));
    }
  }
  return unless_empty(std::move(out));
}

Binder::Value Binder::command(const Node& node) {
  json::array out(storage_);
  if (node.is_string()) {
    auto words = shell_words(node.text);
    if (!words) {
      findings_.error(node, path_, std::move(words.error().text), std::move(words.error().hint));
      return {};
    }
    for (const auto& word : *words) out.push_back(str(word));
    return json::value(std::move(out));
  }
  if (!node.is_sequence()) return refuse(node, "a string or a list");
  for (const auto* item : node.items()) {
    if (!item->is_string()) return refuse(*item, "a string");
    out.push_back(str(item->text));
  }
  return json::value(std::move(out));
}

Binder::Value Binder::health_test(const Node& node) {
  json::array out(storage_);
  if (node.is_string()) {
    out.push_back(str("CMD-SHELL"));
    out.push_back(str(node.text));
    return json::value(std::move(out));
  }
  return texts(node, false, false);
}

/// Texts of a mapping, or of a list of `key=value`; a key alone is null or "".
Binder::Value Binder::pairs(const Node& node, bool nulls) {
  json::object out(storage_);
  const auto none = [&] { return nulls ? json::value(nullptr) : str(""); };
  if (node.is_mapping()) {
    for (const auto& e : sorted(node))
      out.emplace(e.key, e.value->is_null() ? none() : str(sprint(*e.value)));
    return unless_empty(std::move(out));
  }
  if (!node.is_sequence()) return refuse(node, "a mapping or a list");
  std::map<std::string, json::value> all;
  for (const auto* item : node.items()) {
    const auto text = sprint(*item);
    const auto equals = text.find('=');
    const auto key = text.substr(0, equals);
    if (nulls && !key.empty() &&
        std::string_view(" \t\n\v\f\r").find(key.back()) != std::string_view::npos) {
      findings_.error(*item, path_,
                      fmt::format("a space stands after the name in {}", in_quotes(key)));
      continue;
    }
    all.insert_or_assign(key, equals == std::string::npos ? none() : str(text.substr(equals + 1)));
  }
  std::vector<std::string> keys;
  for (const auto& [key, value] : all) keys.push_back(key);
  if (shape_ == Shape::yaml) std::ranges::stable_sort(keys, natural_less);
  for (const auto& key : keys) out.emplace(key, std::move(all.at(key)));
  return unless_empty(std::move(out));
}

Binder::Value Binder::mapping(const Node& node, bool nulls) { return pairs(node, nulls); }
Binder::Value Binder::labels(const Node& node) { return pairs(node, false); }

Binder::Value Binder::options(const Node& node) {
  if (!node.is_mapping()) return refuse(node, "a mapping");
  return pairs(node, false);
}

Binder::Value Binder::multi_options(const Node& node) {
  if (!node.is_mapping()) return refuse(node, "a mapping");
  json::object out(storage_);
  for (const auto& e : sorted(node)) {
    json::array values(storage_);
    for (const auto* item : e.value->items()) values.push_back(str(sprint(*item)));
    if (!e.value->is_sequence()) values.push_back(str(sprint(*e.value)));
    if (values.empty()) {
      continue;
    }
    out.emplace(e.key, std::move(values));
  }
  return unless_empty(std::move(out));
}

Binder::Value Binder::text_map(const Node& node) {
  if (!node.is_mapping()) return refuse(node, "a mapping");
  json::object out(storage_);
  for (const auto& e : sorted(node)) {
    const Path::Step step(path_, e.key);
    if (const auto value = text_value(*e.value)) out.emplace(e.key, str(*value));
  }
  return unless_empty(std::move(out));
}

Binder::Value Binder::hosts(const Node& node) {
  std::vector<std::string> lines;
  const auto add = [&](const Node& at, std::string_view host, std::string_view ip) {
    if (host.empty() || host.find_first_of(":=") != std::string_view::npos)
      return void(
          findings_.error(at, path_, fmt::format("{} is not a host name", in_quotes(host))));
    if (ip.size() > 2 && ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
    lines.push_back(fmt::format("{}={}", host, ip));
  };
  if (!node.is_mapping() && !node.is_sequence()) return refuse(node, "a mapping or a list");
  for (const auto& e : node.is_mapping() ? sorted(node) : std::vector<Entry>{}) {
    if (e.value->is_mapping() || e.value->is_number() || e.value->is(Kind::boolean))
      return refuse(*e.value, "an address");
    for (const auto* item : e.value->items()) add(*item, e.key, sprint(*item));
    if (!e.value->is_sequence()) add(*e.value, e.key, e.value->is_string() ? e.value->text : "");
  }
  for (const auto* item : node.items()) {
    const auto text = sprint(*item);
    const auto at = text.find('=') != std::string::npos ? text.find('=') : text.find(':');
    if (at == std::string::npos) {
      findings_.error(*item, path_, fmt::format("{} has no address", in_quotes(text)),
                      "write HOST=ADDRESS");
      continue;
    }
    for (const auto& ip : split(std::string_view(text).substr(at + 1), ','))
      add(*item, text.substr(0, at), ip);
  }
  std::ranges::sort(lines);
  json::array out(storage_);
  for (const auto& line : lines) out.push_back(str(line));
  return unless_empty(std::move(out));
}

Binder::Value Binder::ssh(const Node& node) {
  if (!node.is_mapping()) return refuse(node, "a mapping or a list");
  json::array out(storage_);
  for (const auto& e : sorted(node)) {
    const auto path = e.value->is_null() ? std::string() : sprint(*e.value);
    out.push_back(str(path.empty() ? std::string(e.key) : fmt::format("{}: {}", e.key, path)));
  }
  return unless_empty(std::move(out));
}

Binder::Value Binder::ulimits(const Node& node) {
  if (!node.is_mapping()) return refuse(node, "a mapping");
  json::object out(storage_);
  for (const auto& e : sorted(node)) {
    const Path::Step step(path_, e.key);
    json::object pair(storage_);
    if (e.value->is_mapping()) {
      for (const std::string_view key : {"soft", "hard"}) {
        const auto* limit = e.value->find(key);
        if (limit != nullptr && !limit->is(Kind::integer)) return refuse(*limit, "an integer");
        const auto value = limit == nullptr ? 0 : limit->integer;
        if (value != 0 || shape_ == Shape::yaml) pair.emplace(key, value);
      }
    } else if (e.value->is(Kind::integer)) {
      if (e.value->integer != 0) {
        out.emplace(e.key, e.value->integer);
        continue;
      }
      if (shape_ == Shape::yaml) pair = {{"soft", 0}, {"hard", 0}};
    } else if (!e.value->is_null()) {
      return refuse(*e.value, "an integer");
    }
    out.emplace(e.key, std::move(pair));
  }
  return unless_empty(std::move(out));
}

Binder::Value Binder::env_files(const Node& node) {
  json::array out(storage_);
  for (const auto* item : node.items()) {
    const auto* required = item->find("required");
    const auto needed =
        required == nullptr || !flag(*required, true) || flag(*required, true)->as_bool();
    const auto path = item->text_of("path");
    if (needed) {
      out.push_back(str(path));
      continue;
    }
    json::object made(storage_);
    made.emplace("path", str(path));
    made.emplace("required", false);
    if (shape_ == Shape::json && !item->text_of("format").empty())
      made.emplace("format", str(item->text_of("format")));
    out.emplace_back(std::move(made));
  }
  return unless_empty(std::move(out));
}

}  // namespace landfast::compose
