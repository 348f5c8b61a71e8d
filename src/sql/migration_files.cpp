// SPDX-License-Identifier: Apache-2.0
#include "sql/migration_files.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "base/text.h"

namespace landfast {
namespace {

/// The quoted words of a Python value that begins here: a text, a tuple or a list of texts.
std::vector<std::string> python_texts(std::string_view text) {
  std::vector<std::string> out;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (c == '#') i = std::min(text.find('\n', i), text.size()) - 1;
    if (c == '\n' && depth <= 0) break;
    if (c != '"' && c != '\'') continue;
    const auto end = text.find(c, i + 1);
    if (end == std::string_view::npos) break;
    out.emplace_back(text.substr(i + 1, end - i - 1));
    i = end;
  }
  return out;
}

/// The texts that are assigned to a name at the beginning of a line; nullopt where none is.
std::optional<std::vector<std::string>> assigned(std::string_view source, std::string_view name,
                                                 bool indented = false) {
  for (auto at = source.find(name); at != std::string_view::npos; at = source.find(name, at + 1)) {
    const auto line = source.rfind('\n', at);
    const auto begin = line == std::string_view::npos ? 0 : line + 1;
    const auto before = source.substr(begin, at - begin);
    if (!before.empty() && (!indented || !trim(before).empty())) continue;
    const auto after = source.substr(at + name.size());
    // "name = …" or "name: Type = …"
    const auto equals = after.find('=');
    if (equals == std::string_view::npos || after.substr(0, equals).find('\n') != after.npos)
      continue;
    const auto between = trim(after.substr(0, equals));
    if (!between.empty() && between.front() != ':') continue;
    return python_texts(after.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view file_folder(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::optional<AlembicScript> alembic_script(std::string_view content) {
  const auto revision = assigned(content, "revision");
  const auto down = assigned(content, "down_revision");
  if (!revision || revision->size() != 1 || !down) return std::nullopt;
  AlembicScript script{revision->front(), *down};
  if (const auto depends = assigned(content, "depends_on"))
    script.after.insert(script.after.end(), depends->begin(), depends->end());
  return script;
}

std::optional<DjangoMigration> django_migration(const ImageFile& file) {
  const auto folder = file_folder(file.path);
  auto name = std::string(file_name(file.path));
  if (file_name(folder) != "migrations" || !name.ends_with(".py") || name.starts_with("_"))
    return std::nullopt;
  if (file.content.find("Migration(") == std::string::npos) return std::nullopt;
  name.resize(name.size() - 3);
  DjangoMigration out;
  out.app = file_name(file_folder(folder));
  out.name = name;
  out.installed = file.path.find("/site-packages/") != std::string::npos ||
                  file.path.find("/dist-packages/") != std::string::npos;
  if (const auto texts = assigned(file.content, "replaces", true))
    for (std::size_t i = 0; i + 1 < texts->size(); i += 2)  // [("app", "name"), …]
      out.replaces.push_back((*texts)[i] + "." + (*texts)[i + 1]);
  return out;
}

std::optional<std::vector<DrizzleEntry>> drizzle_journal(std::string_view content) {
  boost::json::parse_options options;
  options.max_depth = 16;
  boost::system::error_code error;
  const auto value = boost::json::parse({content.data(), content.size()}, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  const auto* entries = value.as_object().if_contains("entries");
  if (entries == nullptr || !entries->is_array()) return std::nullopt;
  std::vector<DrizzleEntry> out;
  for (const auto& item : entries->as_array()) {
    if (!item.is_object()) return std::nullopt;
    const auto* tag = item.as_object().if_contains("tag");
    const auto* when = item.as_object().if_contains("when");
    if (tag == nullptr || when == nullptr || !tag->is_string() || !when->is_int64())
      return std::nullopt;
    out.push_back({std::string(tag->as_string()), when->as_int64()});
  }
  return out;
}

std::string leading_digits(std::string_view name) {
  const auto end = name.find_first_not_of("0123456789");
  if (end == 0 || end == std::string_view::npos || name[end] != '_') return {};
  return std::string(name.substr(0, end));
}

std::int32_t flyway_checksum(std::string_view content) {
  std::uint32_t crc = 0xffffffff;
  const auto add = [&crc](unsigned char byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  };
  if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
  for (const char c : content)
    if (c != '\n' && c != '\r') add(static_cast<unsigned char>(c));
  return static_cast<std::int32_t>(~crc);
}

}  // namespace landfast
