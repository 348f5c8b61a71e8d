// SPDX-License-Identifier: Apache-2.0
#include "io/tar.h"

#include <fmt/core.h>

#include <algorithm>

namespace landfast {

namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t largest_size = 077777777777;  // 11 octal digits
constexpr std::uint32_t largest_id = 07777777;        // 7 octal digits
constexpr std::size_t longest_name = 100;

void put(std::string& header, std::size_t at, std::string_view text) {
  header.replace(at, text.size(), text);
}

void put_octal(std::string& header, std::size_t at, std::size_t digits, std::uint64_t value) {
  put(header, at, fmt::format("{:0{}o}", value, digits));
}

std::string ustar(const TarEntry& entry, char type) {
  std::string header(block, '\0');
  put(header, 0, std::string_view(entry.path).substr(0, longest_name));
  put_octal(header, 100, 7, entry.mode & 07777);
  put_octal(header, 108, 7, std::min(entry.uid, largest_id));
  put_octal(header, 116, 7, std::min(entry.gid, largest_id));
  put_octal(header, 124, 11, std::min(entry.size, largest_size));
  const auto mtime = static_cast<std::uint64_t>(std::max<std::int64_t>(0, entry.mtime));
  put_octal(header, 136, 11, std::min(mtime, largest_size));
  put(header, 148, "        ");
  header[156] = type;
  put(header, 157, std::string_view(entry.link).substr(0, longest_name));
  put(header, 257, std::string_view("ustar\00000", 8));
  std::uint32_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return header;
}

// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

std::string pax_records(const TarEntry& entry) {
  std::string records;
  if (entry.path.size() > longest_name) records += pax_record("path", entry.path);
  if (entry.link.size() > longest_name) records += pax_record("linkpath", entry.link);
  if (entry.size > largest_size) records += pax_record("size", std::to_string(entry.size));
  if (entry.uid > largest_id) records += pax_record("uid", std::to_string(entry.uid));
  if (entry.gid > largest_id) records += pax_record("gid", std::to_string(entry.gid));
  return records;
}

}  // namespace

std::string tar_padding(std::uint64_t size) {
  return std::string((block - size % block) % block, '\0');
}

std::string tar_end() { return std::string(2 * block, '\0'); }

std::string tar_header(const TarEntry& entry) {
  TarEntry written = entry;
  if (entry.kind != TarEntry::Kind::file) written.size = 0;
  if (entry.kind == TarEntry::Kind::directory) written.path += '/';
  std::string out;
  if (const std::string records = pax_records(written); !records.empty()) {
    TarEntry pax("PaxHeaders/entry");
    pax.size = records.size();
    out = ustar(pax, 'x') + records + tar_padding(records.size());
  }
  return out + ustar(written, static_cast<char>(entry.kind));
}

TarWriter& TarWriter::add(TarEntry entry, std::string_view bytes) {
  entry.size = bytes.size();
  bytes_ += tar_header(entry);
  if (entry.kind != TarEntry::Kind::file) return *this;
  bytes_ += bytes;
  bytes_ += tar_padding(bytes.size());
  return *this;
}

}  // namespace landfast
