// SPDX-License-Identifier: Apache-2.0
#include "base/tar_read.h"

#include <charconv>
#include <optional>

namespace landfast {
namespace {

constexpr std::size_t block = 512;

std::string_view field(std::string_view header, std::size_t at, std::size_t size) {
  const auto text = header.substr(at, size);
  return text.substr(0, text.find('\0'));
}

std::optional<std::uint64_t> octal(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return 0;
  text = text.substr(begin, text.find_first_of(" \0", begin, 2) - begin);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool has_right_sum(std::string_view header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  return octal(header.substr(148, 8)) == sum;
}

/// The value of a pax record "LENGTH KEY=VALUE\n …", nullopt where there is none of that key.
std::optional<std::string> pax_value(std::string_view records, std::string_view key) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc{} || length <= digits + 1 || length > records.size())
      return std::nullopt;
    const auto record = records.substr(digits + 1, length - digits - 2);
    if (record.starts_with(key) && record.substr(key.size()).starts_with('='))
      return std::string(record.substr(key.size() + 1));
    records.remove_prefix(length);
  }
  return std::nullopt;
}

/// Names too long for a header, which stand before it.
struct LongNames {
  std::optional<std::string> path, link;

  /// Whether the member only names the next one.
  bool take(char type, std::string_view content) {
    const auto text = [&] { return std::string(content.substr(0, content.find('\0'))); };
    if (type == 'x') {
      path = pax_value(content, "path");
      link = pax_value(content, "linkpath");
    } else if (type == 'L') {
      path = text();
    } else if (type == 'K') {
      link = text();
    }
    return type == 'x' || type == 'L' || type == 'K' || type == 'g';
  }
};

std::string path_of(std::string_view header) {
  const std::string name(field(header, 0, 100));
  const bool ustar = header.substr(257, 5) == "ustar";
  const auto prefix = ustar ? field(header, 345, 155) : std::string_view();
  return prefix.empty() ? name : std::string(prefix) + "/" + name;
}

}  // namespace

Status each_member(std::string_view bytes, const std::function<Status(const TarEntry&)>& visit) {
  const auto damaged = [] { return fail(Code::corrupt, "the archive is damaged or cut off"); };
  LongNames names;
  while (bytes.size() >= block) {
    const auto header = bytes.substr(0, block);
    if (header.find_first_not_of('\0') == std::string_view::npos) return {};
    const auto size = octal(header.substr(124, 12));
    if (!size || !has_right_sum(header) || *size > bytes.size() - block) return damaged();
    const auto content = bytes.substr(block, *size);
    const char type = header[156] == '\0' ? '0' : header[156];
    if (!names.take(type, content)) {
      TarEntry entry{names.path.value_or(path_of(header)),
                     type,
                     names.link.value_or(std::string(field(header, 157, 100))),
                     {}};
      names = {};
      while (entry.path.ends_with('/')) entry.path.pop_back();
      if (type == '0') entry.content = content;
      TRY_VOID(visit(entry));
    }
    const auto padded = block + (*size + block - 1) / block * block;
    if (padded > bytes.size()) return damaged();
    bytes.remove_prefix(padded);
  }
  return damaged();  // an archive ends with empty blocks
}

Result<std::vector<TarMember>> read_tar(std::string_view bytes) {
  std::vector<TarMember> members;
  TRY_VOID(each_member(bytes, [&](const TarEntry& entry) {
    members.push_back({entry.path, entry.type == '5', std::string(entry.content)});
    return Status{};
  }));
  return members;
}

}  // namespace landfast
