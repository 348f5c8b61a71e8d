// SPDX-License-Identifier: Apache-2.0
#include "compose/landfast_forms.h"

#include <algorithm>

#include "base/text.h"
#include "compose/go_text.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool holds(std::string_view text, char c) { return text.find(c) != std::string_view::npos; }

bool all_of(std::string_view text, std::string_view first, std::string_view second = {},
            std::string_view third = {}) {
  return std::ranges::all_of(
      text, [&](char c) { return holds(first, c) || holds(second, c) || holds(third, c); });
}

bool has_blank(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

bool is_host_name(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  return !text.empty() && text.size() <= 253 && all_of(text, letters, digits, ".-") &&
         all_of(text.substr(0, 1), letters, digits) &&
         all_of(text.substr(text.size() - 1), letters, digits) &&
         text.find("..") == std::string_view::npos;
}

}  // namespace

bool is_span(std::string_view text) {
  const auto value = parse_duration(text);
  return value && !text.starts_with('-') && !text.starts_with('+');
}

bool is_size(std::string_view text) {
  return !text.empty() && holds(digits, text[0]) && all_of(text, digits, ". ", "kmgtpibKMGTPIB") &&
         parse_bytes(text).has_value();
}

bool is_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  if (!is_ip_address(address)) return false;
  if (slash == std::string_view::npos) return true;
  const auto bits = text.substr(slash + 1);
  const auto value = all_of(bits, digits) ? parse_int(bits, 10) : std::nullopt;
  return value && bits.size() <= 3 && *value <= (holds(address, ':') ? 128 : 32);
}

bool is_cron(std::string_view text) {
  std::size_t fields = 0;
  for (const auto& field : split(text, ' ')) {
    if (field.empty()) continue;
    if (!all_of(field, digits, "*/,-", fields == 0 ? "" : letters)) return false;
    ++fields;
  }
  return fields == 5 && !text.starts_with(' ') && !text.ends_with(' ');
}

bool is_http_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto rest = text.substr(scheme.size());
    return !rest.empty() && !holds("/?#", rest[0]) && !has_blank(rest) && !holds(rest, '#');
  }
  return false;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  if (text.empty() || text.size() > 5 || text[0] == '0' || !all_of(text, digits)) return {};
  const auto value = parse_int(text, 10);
  if (!value || *value > 65535) return {};
  return static_cast<std::uint16_t>(*value);
}

bool is_port(std::string_view text) { return port_number(text).has_value(); }

bool is_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return false;
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    return is_ip_address(host.substr(1, host.size() - 2));
  return !host.empty() && !has_blank(host) && host.find_first_of(":/[]") == std::string_view::npos;
}

bool is_route_path(std::string_view text) {
  return text.starts_with('/') && all_of(text, letters, digits, "._~%@:+/-");
}

std::optional<RouteText> parse_route(std::string_view text) {
  RouteText out;
  if (text.starts_with(':')) {
    const auto port = port_number(text.substr(1));
    if (!port) return {};
    out.published = *port;
    return out;
  }
  const auto slash = text.find('/');
  out.host = lower(text.substr(0, slash));
  if (slash != std::string_view::npos) out.path = text.substr(slash);
  if (!is_host_name(out.host) || !is_route_path(out.path)) return {};
  return out;
}

bool is_route(std::string_view text) { return parse_route(text).has_value(); }
bool is_route_host(std::string_view text) { return !holds(text, '/') && is_route(text); }

bool is_network_name(std::string_view text) {
  return !text.empty() && all_of(text, letters, digits, "_.-") && !holds("_.-", text[0]);
}

bool is_password_hash(std::string_view text) {
  for (const std::string_view kind : {"$2a$", "$2b$", "$2y$", "$argon2id$"})
    if (text.starts_with(kind)) return text.size() >= kind.size() + 20 && !has_blank(text);
  return false;
}

bool is_variable(std::string_view text) {
  return !text.empty() && !holds(digits, text[0]) && all_of(text, letters, digits, "_");
}

}  // namespace landfast::compose
