// SPDX-License-Identifier: Apache-2.0
#include "edge/edge_target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "edge/site_files.h"

namespace landfast {
namespace {

bool is_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

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

}  // namespace

Result<EdgeTarget> target_of(const RouteTable& table, const std::string& id) {
  const auto* known = table.target(id);
  if (known == nullptr)
    return fail(Code::not_found, fmt::format("{} has no target {}", table.edge, id));
  return *known;
}

Status check_addresses(const EdgeTarget& target, const std::vector<std::string>& addresses) {
  if (addresses.size() != static_cast<std::size_t>(target.replicas))
    return fail(Code::invalid,
                fmt::format("{} of stack {} has {} containers, not {}", target.service,
                            target.stack, target.replicas, addresses.size()));
  for (const auto& address : addresses) TRY_VOID(check_address(address, target.port == 0));
  return {};
}

Status may_replace(const RouteTable& table, const std::string& recorded,
                   const std::string& replaces) {
  if (recorded == replaces || recorded == revision_of(table)) return {};
  Error e;
  e.code = Code::conflict;
  e.text = fmt::format("what {} serves has changed meanwhile", table.edge);
  e.retryable = true;
  return fail(std::move(e));
}

std::string probed_host(const RouteTable& table, const std::string& target) {
  const auto used = std::ranges::find(table.routes, target, &EdgeRoute::target);
  const auto host = used == table.routes.end() ? std::string() : used->route.host;
  return host.empty() || host.starts_with("*.") ? "localhost" : host;
}

}  // namespace landfast
