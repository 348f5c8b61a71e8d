// SPDX-License-Identifier: Apache-2.0
#include "compose/binder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/natural_order.h"
#include "compose/utf8.h"
#include "compose/yaml_text.h"

namespace landfast::compose {
namespace json = boost::json;

json::object Binder::structure(const Node& node, const Structure& of) {
  json::object out(storage_);
  for (const auto& f : of.fields) {
    const Path::Step step(path_, f.key);
    auto value = field(node.find(f.key), f);
    const bool renamed = shape_ == Shape::json && !f.json_name.empty();
    if (value) out.emplace(renamed ? f.json_name : f.key, std::move(*value));
  }
  if (of.extensions && shape_ == Shape::yaml) extensions(node, out);
  return out;
}

void Binder::extensions(const Node& node, json::object& out) {
  for (const auto& e : node.entries())
    if (e.key.starts_with("x-") && !e.key.starts_with("x-#")) out.emplace(e.key, any(*e.value));
}

Binder::Value Binder::field(const Node* node, const Field& f) {
  if (node == nullptr || node->is_null()) return unset(f);
  return by_codec(*node, f);
}

/// What an attribute without value shows.
Binder::Value Binder::unset(const Field& f) {
  const bool in_json = shape_ == Shape::json;
  switch (f.codec) {
  case Codec::command:
    return in_json ? Value(json::value(nullptr)) : Value();
  case Codec::structure_always: {
    Node empty;
    auto made = structure(empty, *f.of);
    return in_json || !made.empty() ? Value(json::value(std::move(made))) : Value();
  }
  case Codec::text_always:
    return str("");
  case Codec::bytes_always:
    return str("0");
  case Codec::flag_always:
    return json::value(false);
  case Codec::integer_always:
  case Codec::natural16_always:
    return json::value(0);
  default:
    return {};
  }
}

Binder::Value Binder::by_codec(const Node& node, const Field& f) {
  switch (f.codec) {
  case Codec::text:
  case Codec::text_always:
    return text(node, f.codec == Codec::text_always);
  case Codec::flag:
  case Codec::flag_kept:
  case Codec::flag_always:
    return flag(node, f.codec != Codec::flag);
  case Codec::integer:
  case Codec::integer_kept:
  case Codec::integer_always:
    return integer(node, f.codec != Codec::integer);
  case Codec::natural:
  case Codec::natural_kept:
    return natural(node, f.codec == Codec::natural_kept, UINT64_MAX);
  case Codec::natural16:
  case Codec::natural16_always:
    return natural(node, f.codec == Codec::natural16_always, UINT16_MAX);
  case Codec::natural32:
    return natural(node, false, UINT32_MAX);
  case Codec::real32:
    return real32(node);
  case Codec::cpus:
    return cpus(node);
  case Codec::bytes:
  case Codec::bytes_always:
    return bytes(node, f.codec == Codec::bytes_always);
  case Codec::duration:
  case Codec::duration_kept:
    return duration(node, f.codec == Codec::duration_kept);
  case Codec::device_count:
    return device_count(node);
  case Codec::file_mode:
    return file_mode(node);
  case Codec::texts:
    return texts(node, false, false);
  case Codec::text_or_texts:
    return texts(node, true, false);
  case Codec::loose_texts:
    return texts(node, true, true);
  case Codec::command:
    return command(node);
  case Codec::health_test:
    return health_test(node);
  case Codec::mapping:
  case Codec::mapping_or_null:
    return mapping(node, f.codec == Codec::mapping_or_null);
  case Codec::labels:
    return labels(node);
  case Codec::options:
    return options(node);
  case Codec::multi_options:
    return multi_options(node);
  case Codec::text_map:
    return text_map(node);
  case Codec::hosts:
    return hosts(node);
  case Codec::ssh:
    return ssh(node);
  case Codec::ulimits:
    return ulimits(node);
  case Codec::env_files:
    return env_files(node);
  case Codec::structure:
  case Codec::structure_always: {
    if (!node.is_mapping()) return refuse(node, "a mapping");
    auto made = structure(node, *f.of);
    const bool shown = f.codec == Codec::structure || shape_ == Shape::json || !made.empty();
    return shown ? Value(json::value(std::move(made))) : Value();
  }
  case Codec::structures:
    return structures(node, *f.of);
  case Codec::structure_map:
  case Codec::structure_values:
    return structure_map(node, *f.of, f.codec == Codec::structure_map);
  }
  return {};
}

Binder::Value Binder::structures(const Node& node, const Structure& of) {
  if (!node.is_sequence()) return refuse(node, "a list");
  json::array out(storage_);
  std::size_t position = 0;
  for (const auto* item : node.items()) {
    const Path::Step step(path_, position++);
    if (!item->is_mapping() && !item->is_null()) {
      refuse(*item, "a mapping");
      continue;
    }
    out.emplace_back(structure(*item, of));
  }
  if (out.empty()) return {};
  return json::value(std::move(out));
}

Binder::Value Binder::structure_map(const Node& node, const Structure& of, bool nulls) {
  if (!node.is_mapping()) return refuse(node, "a mapping");
  json::object out(storage_);
  const auto entries = nulls ? sorted(node) : [&] {
    std::vector<Entry> all(node.entries().begin(), node.entries().end());
    std::ranges::sort(all, {}, &Entry::key);
    return all;
  }();
  for (const auto& e : entries) {
    const Path::Step step(path_, e.key);
    if (e.value->is_null() && nulls) {
      out.emplace(e.key, nullptr);
    } else if (e.value->is_mapping() || e.value->is_null()) {
      out.emplace(e.key, structure(*e.value, of));
    } else {
      refuse(*e.value, "a mapping");
    }
  }
  if (out.empty()) return {};
  return json::value(std::move(out));
}

/// The entries in the order of output. Compose takes `x-` keys of free-form mappings for
/// extensions, and shows them as one entry (compose.md 6.4).
std::vector<Entry> Binder::sorted(const Node& node) {
  std::vector<Entry> out;
  Node* extras = nullptr;
  for (const auto& e : node.entries()) {
    if (!e.key.starts_with("x-")) {
      out.push_back(e);
      continue;
    }
    if (extras == nullptr) {
      extras = arena_.mapping(e.place);
      out.push_back({"#extensions", extras, e.place});
      findings_.warn(
          "Compose takes a key that starts with `x-` for an extension here: write the "
          "list form `- " +
              std::string(e.key) + "=…`",
          e.place, path_.text());
    }
    arena_.append(*extras, e);
  }
  if (shape_ == Shape::json) {
    std::ranges::sort(out, {}, &Entry::key);
  } else {
    std::ranges::stable_sort(out, natural_less, &Entry::key);
  }
  return out;
}

json::value Binder::any(const Node& node) {
  switch (node.kind) {
  case Kind::null:
    return nullptr;
  case Kind::boolean:
    return node.boolean;
  case Kind::integer:
    return node.integer;
  case Kind::natural:
    return node.natural;
  case Kind::real:
  case Kind::real32:
    return node.is(Kind::real32) ? widen_float32(node.real) : node.real;
  case Kind::string:
    return str(node.text);
  case Kind::timestamp:
    return str((shape_ == Shape::yaml ? std::string(verbatim) : std::string()) +
               rfc3339(node.text).value_or(std::string(node.text)));
  case Kind::sequence: {
    json::array out(storage_);
    for (const auto* item : node.items()) out.push_back(any(*item));
    return out;
  }
  case Kind::mapping:
    break;
  }
  std::vector<Entry> entries(node.entries().begin(), node.entries().end());
  if (shape_ == Shape::json) {
    std::ranges::sort(entries, {}, &Entry::key);
  } else {
    std::ranges::stable_sort(entries, natural_less, &Entry::key);
  }
  json::object out(storage_);
  for (const auto& e : entries) out.emplace(e.key, any(*e.value));
  return out;
}

json::value Binder::str(std::string_view text) {
  if (shape_ == Shape::yaml || is_utf8(text)) return json::value(json::string(text, storage_));
  return json::value(json::string(to_utf8(text), storage_));
}

Binder::Value Binder::refuse(const Node& node, std::string_view wanted) {
  findings_.error(node, path_,
                  fmt::format("this must be {}, not {}", wanted,
                              node.is_string() ? in_quotes(node.text)
                                               : "a " + std::string(kind_name(node.kind))));
  return {};
}

}  // namespace landfast::compose
