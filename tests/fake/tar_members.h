// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>

#include <string>

#include "base/ustar.h"

namespace landfast::test {

/// One member of an archive, without the archive's end; `type` as in ustar.
inline std::string tar_member(const std::string& path, const std::string& content, char type = '0',
                              const std::string& link = "") {
  auto whole = ustar_of({path, content}).value();
  whole.resize(whole.size() - 1024);
  whole[156] = type;
  whole.replace(157, link.size(), link);
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(whole[i]);
  return whole.replace(148, 6, fmt::format("{:06o}", sum));
}

inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace landfast::test
