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

/// The path of a pax record "LENGTH path=VALUE\n …", nullopt where it names none.
std::optional<std::string> pax_path(std::string_view records) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] =
        std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc{} || length <= digits + 1 || length > records.size())
      return std::nullopt;
    const auto record = records.substr(digits + 1, length - digits - 2);
    if (record.starts_with("path=")) return std::string(record.substr(5));
    records.remove_prefix(length);
  }
  return std::nullopt;
}

std::string path_of(std::string_view header) {
  const std::string name(field(header, 0, 100));
  const bool ustar = header.substr(257, 5) == "ustar";
  const auto prefix = ustar ? field(header, 345, 155) : std::string_view();
  return prefix.empty() ? name : std::string(prefix) + "/" + name;
}

}  // namespace

Result<std::vector<TarMember>> read_tar(std::string_view bytes) {
  const auto damaged = [] { return fail(Code::corrupt, "the archive is damaged or cut off"); };
  std::vector<TarMember> members;
  std::optional<std::string> long_path;
  while (bytes.size() >= block) {
    const auto header = bytes.substr(0, block);
    if (header.find_first_not_of('\0') == std::string_view::npos) return members;
    const auto size = octal(header.substr(124, 12));
    if (!size || !has_right_sum(header) || *size > bytes.size() - block) return damaged();
    const auto content = bytes.substr(block, *size);
    const char type = header[156];
    if (type == 'x') {
      long_path = pax_path(content);
    } else if (type == 'L') {
      long_path = std::string(content.substr(0, content.find('\0')));
    } else if (type != 'g') {
      TarMember member{long_path ? *long_path : path_of(header), type == '5', {}};
      long_path.reset();
      while (member.path.ends_with('/')) member.path.pop_back();
      if (type == '0' || type == '\0') member.content = content;
      members.push_back(std::move(member));
    }
    const auto padded = block + (*size + block - 1) / block * block;
    if (padded > bytes.size()) return damaged();
    bytes.remove_prefix(padded);
  }
  return damaged();  // an archive ends with empty blocks
}

}  // namespace landfast
