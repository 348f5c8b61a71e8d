// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/edge_files.h"

namespace landfast {

/// One member of a folder that is served as files.
struct SiteMember {
  std::string path;  ///< within the folder, "" for the folder itself
  char type = '0';   ///< '0' file, '1' hard link to `link`, '2' symbolic link, '5' folder
  std::string link;  ///< of a hard link within the folder too
  std::string_view content;
};

/// What an archive of one folder holds, all of it checked: `invalid` for what is no folder, for a
/// path that leads out of it, for devices and sockets, and for more than 100,000 members; `corrupt`
/// for what is no archive. Where symbolic links lead is checked on the disk.
[[nodiscard]] Result<std::vector<SiteMember>> site_members(std::string_view tar);

/// The folders below `data/site`, which the edge's process reads and only we write.
///
/// Whoever changes them holds the edge's lock. The process owns `data`, so the folder is opened
/// once and everything goes through that.
class SiteFiles {
 public:
  explicit SiteFiles(const EdgeFiles& files) : files_(files) {}

  [[nodiscard]] bool has(const std::string& site) const;
  /// All of the folder, durably, or nothing: it is written beside and renamed.
  [[nodiscard]] Status add(const std::string& site, std::string_view tar) const;
  /// Removes those to which no slot points, and what a killed call has left.
  [[nodiscard]] Status drop_unused() const;

 private:
  [[nodiscard]] bool is_used(const std::string& site) const;
  const EdgeFiles& files_;
};

/// Whether a text is the name of a site: 64 hex digits.
[[nodiscard]] bool is_site_name(std::string_view text);

}  // namespace landfast
