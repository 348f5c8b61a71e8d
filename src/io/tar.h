// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace landfast {

/// One member of an archive.
struct TarEntry {
  enum class Kind : char { file = '0', symlink = '2', directory = '5' };
  explicit TarEntry(std::string p, Kind k = Kind::file) : path(std::move(p)), kind(k) {}
  std::string path;  ///< relative, without a final slash
  Kind kind;
  std::uint32_t mode = 0644;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;  ///< of a file
  std::int64_t mtime = 0;  ///< unix seconds
  std::string link;        ///< target of a symlink
};

/// The header blocks of a member: ustar (POSIX.1-1988), before it a pax record for what ustar
/// cannot hold (names over 100 bytes, sizes over 8 GiB, large ids).
[[nodiscard]] std::string tar_header(const TarEntry& entry);
/// Zeros that fill a file of this size to a whole block.
[[nodiscard]] std::string tar_padding(std::uint64_t size);
/// The two empty blocks at the end of an archive.
[[nodiscard]] std::string tar_end();

/// A whole archive in memory.
class TarWriter {
 public:
  /// `entry.size` is taken from the bytes.
  TarWriter& add(TarEntry entry, std::string_view bytes = {});
  [[nodiscard]] std::string finish() { return std::move(bytes_) + tar_end(); }
  /// The members so far, for an archive that goes on.
  [[nodiscard]] std::string without_end() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace landfast
