// SPDX-License-Identifier: Apache-2.0
#include "base/ustar.h"

#include <fmt/format.h>

#include <cstring>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::size_t block = 512;

void put(std::string& header, std::size_t at, std::string_view text) {
  header.replace(at, text.size(), text);
}

/// The name field holds 100 bytes, the prefix 155 more, split at a slash.
bool put_path(std::string& header, std::string_view path) {
  if (path.size() <= 100) {
    put(header, 0, path);
    return true;
  }
  const auto slash = path.find('/', path.size() - 101);
  if (slash == 0 || slash > 155) return false;
  put(header, 345, path.substr(0, slash));
  put(header, 0, path.substr(slash + 1));
  return true;
}

}  // namespace

Result<std::string> ustar_of(const UstarEntry& entry) {
  std::string header(block, '\0');
  if (entry.path.empty() || !put_path(header, entry.path))
    return fail(Code::invalid,
                fmt::format("{} is too long a path for an archive", in_quotes(entry.path)));
  put(header, 100, fmt::format("{:07o}", entry.mode & 07777));
  put(header, 108, fmt::format("{:07o}", entry.uid & 07777777));
  put(header, 116, fmt::format("{:07o}", entry.gid & 07777777));
  put(header, 124, fmt::format("{:011o}", entry.content.size()));
  put(header, 136, fmt::format("{:011o}", 0));
  put(header, 148, "        ");
  put(header, 156, "0");
  put(header, 257,
      std::string_view("ustar\0"
                       "00",
                       8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  std::string archive = std::move(header);
  archive += entry.content;
  archive.resize((archive.size() + block - 1) / block * block + 2 * block, '\0');
  return archive;
}

}  // namespace landfast
