// SPDX-License-Identifier: Apache-2.0
#include "compose/service_files.h"

#include <fmt/format.h>

#include "base/text.h"
#include "compose/dotenv.h"
#include "compose/go_text.h"
#include "compose/inputs.h"

namespace landfast::compose {
namespace {

using Own = std::map<std::string, std::optional<std::string>, std::less<>>;

/// The entries of a mapping or a list of `key=value`, as Compose binds them.
Own entries_of(Arena& arena, const Node* node) {
  Own own;
  if (node == nullptr) return own;
  Node* extras = nullptr;
  for (const auto& e : node->entries()) {
    if (e.key.starts_with("x-")) {
      if (extras == nullptr) extras = arena.mapping(e.place);
      arena.append(*extras, e);
    } else {
      own[std::string(e.key)] = e.value->is_null() ? std::nullopt : std::optional(sprint(*e.value));
    }
  }
  if (extras != nullptr) own["#extensions"] = sprint(*extras);
  for (const auto* item : node->items()) {
    const auto text = sprint(*item);
    const auto equals = text.find('=');
    own[text.substr(0, equals)] =
        equals == std::string::npos ? std::nullopt : std::optional(text.substr(equals + 1));
  }
  return own;
}

Node* as_list(Arena& arena, const Own& own, Place place) {
  auto* out = arena.sequence(place);
  for (const auto& [key, value] : own)
    arena.push(*out, arena.string(value ? key + "=" + *value : key, place));
  return out;
}

struct FileUse {
  const Node& at;
  std::string path;
  std::string attribute;
  std::string_view format;
};

/// Reads one file into `vars`; an error names the line of the file.
void read_one(Findings& findings, const FileUse& use, const Files& files, Variables& vars,
              const Lookup& lookup) {
  auto text = files.read(use.path);
  if (!text) {
    findings.error(use.at.place, use.attribute,
                   fmt::format("{} cannot be read: {}", use.path, text.error().text));
    return;
  }
  if (!use.format.empty() && use.format != "raw") {
    findings.error(use.at.place, use.attribute,
                   fmt::format("{} is no format of an env file", in_quotes(use.format)),
                   "`raw` is the only one; leave it out for the usual form");
    return;
  }
  const auto outcome =
      use.format == "raw" ? read_raw_env(*text, vars, lookup) : read_env(*text, vars, lookup);
  for (const auto& name : outcome.unset)
    findings.warn_once(
        fmt::format("the variable {} is not set, a blank text stands for it", in_quotes(name)),
        use.at.place);
  if (!outcome.error) return;
  // Only for an error the text is kept: a thousand services may name the same large file.
  const auto at = findings.mark(use.at.place);
  const auto source = findings.add_source(
      {use.path, std::move(*text), {fmt::format("read at {}:{}:{}", at.file, at.line, at.column)}});
  findings.error(Place{outcome.error->line, 1, source}, use.attribute, outcome.error->text,
                 outcome.error->hint);
}

bool is_required(const Node& item) {
  const auto* required = item.find("required");
  if (required == nullptr || required->is_null()) return true;
  return required->is(Kind::boolean) ? required->boolean : required->text != "false";
}

}  // namespace

void read_env_files_of(Arena& arena, Findings& findings, Node& service, std::string_view name,
                       const Variables& environment, const Files& files) {
  const auto* env_files = service.find("env_file");
  const auto* written = service.find("environment");
  auto own = entries_of(arena, written);
  for (auto& [key, value] : own) {
    if (value) continue;
    if (const auto it = environment.find(key); it != environment.end()) value = it->second;
  }
  Variables vars;
  for (const auto& [key, value] : own)
    if (value) vars[key] = *value;
  const Lookup lookup = [&](std::string_view key) -> std::optional<std::string_view> {
    if (const auto it = environment.find(key); it != environment.end()) return it->second;
    if (const auto it = own.find(key); it != own.end() && it->second) return *it->second;
    return {};
  };
  for (const auto* item : env_files == nullptr ? std::span<Node*>() : env_files->items()) {
    const auto attribute = fmt::format("services.{}.env_file", name);
    const FileUse use{*item, std::string(item->text_of("path")), attribute,
                      item->text_of("format")};
    if (files.exists(use.path)) {
      read_one(findings, use, files, vars, lookup);
    } else if (is_required(*item)) {
      findings.error(item->place, attribute, fmt::format("the env file {} is not there", use.path),
                     "create it, or write `required: false`");
    }
  }
  for (auto& [key, value] : vars) own.try_emplace(key, value);
  if (!own.empty()) {
    const auto place = written == nullptr ? env_files->place : written->place;
    arena.put(service, "environment", as_list(arena, own, place), place);
  }
  arena.erase(service, "env_file");
}

void read_label_files_of(Arena& arena, Findings& findings, Node& service, std::string_view name,
                         const Files& files) {
  const auto* label_files = service.find("label_file");
  if (label_files == nullptr) return;
  Variables vars;
  const Lookup lookup = [&](std::string_view key) -> std::optional<std::string_view> {
    const auto it = vars.find(key);
    if (it == vars.end()) return {};
    return it->second;
  };
  for (const auto* item : label_files->items()) {
    const auto attribute = fmt::format("services.{}.label_file", name);
    const FileUse use{*item, item->is_string() ? std::string(item->text) : "", attribute, {}};
    if (files.exists(use.path)) {
      Variables of_file;
      read_one(findings, use, files, of_file, lookup);
      for (auto& [key, value] : of_file) vars.insert_or_assign(key, value);
    } else {
      findings.error(item->place, attribute,
                     fmt::format("the label file {} is not there", use.path));
    }
  }
  auto own = entries_of(arena, service.find("labels"));
  for (auto& [key, value] : own) value = value.value_or("");
  for (auto& [key, value] : vars) own.try_emplace(key, value);
  if (!own.empty())
    arena.put(service, "labels", as_list(arena, own, label_files->place), label_files->place);
  arena.erase(service, "label_file");
}

}  // namespace landfast::compose
