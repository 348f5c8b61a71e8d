// SPDX-License-Identifier: Apache-2.0
#include "edge/edge_address.h"

#include <fmt/format.h>

#include "base/text.h"
#include "edge/site_files.h"

namespace landfast {
namespace {

bool is_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

Status check_address(const std::string& address, bool is_site) {
  constexpr std::string_view digits = "0123456789";
  constexpr std::string_view names =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  const auto colon = address.rfind(':');
  const auto alias = address.substr(0, colon);
  const auto port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool is_alias = alias.starts_with("lf-") && is_of(alias, names) && alias.size() <= 255;
  const bool fits =
      is_site ? is_site_name(address) : is_alias && is_of(port, digits) && port.size() <= 5;
  if (fits) return {};
  return fail(Code::invalid, fmt::format("{} is no address of a container that Landfast made",
                                         in_quotes(address)));
}

}  // namespace landfast
