// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace landfast::compose {

// The forms of texts in `x-landfast`. Each has the same rule as a regular expression for the
// published schema; the regular expression may take more, never less.

/// "30s", "1h30m", not negative.
[[nodiscard]] bool is_span(std::string_view text);
inline constexpr std::string_view span_pattern =
    "^(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+)$";

/// "5GB", "1.5g", "1024".
[[nodiscard]] bool is_size(std::string_view text);
inline constexpr std::string_view size_pattern =
    "^[0-9]+(\\.[0-9]+)? ?([kKmMgGtTpP]([iI]?[bB])?|[bB])?$";

/// An address or a block of addresses: "10.0.0.0/8", "::1".
[[nodiscard]] bool is_cidr(std::string_view text);
inline constexpr std::string_view cidr_pattern =
    "^([0-9]{1,3}(\\.[0-9]{1,3}){3}(/(3[0-2]|[12]?[0-9]))?|"
    "[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(/[0-9]{1,3})?)$";

/// The five fields of a crontab line.
[[nodiscard]] bool is_cron(std::string_view text);
inline constexpr std::string_view cron_pattern = "^[0-9*/,-]+( +[0-9A-Za-z*/,-]+){4}$";

/// "http://app:3000/health".
[[nodiscard]] bool is_http_url(std::string_view text);
inline constexpr std::string_view http_url_pattern = "^https?://[^\\s/?#]+([/?][^\\s#]*)?$";

/// "db:5432", "[::1]:80".
[[nodiscard]] bool is_host_port(std::string_view text);
inline constexpr std::string_view host_port_pattern =
    "^(\\[[0-9A-Fa-f:.]+\\]|[^\\s:/\\[\\]]+):[1-9][0-9]{0,4}$";

/// A port: "3000".
[[nodiscard]] std::optional<std::uint16_t> port_number(std::string_view text);
[[nodiscard]] bool is_port(std::string_view text);
inline constexpr std::string_view port_pattern = "^[1-9][0-9]{0,4}$";

/// A path of a route: begins with a slash, letters, digits and `._~%@:+-`.
[[nodiscard]] bool is_route_path(std::string_view text);
inline constexpr std::string_view route_path_pattern = "^/[A-Za-z0-9._~%@:+/-]*$";

/// `HOST` (a first label `*` is allowed) or `:PORT`.
struct RouteText {
  std::string host, path = "/";
  std::uint16_t published = 0;
};
/// `HOST[/PATH]` or `:PORT` in parts; nullopt: neither.
[[nodiscard]] std::optional<RouteText> parse_route(std::string_view text);
[[nodiscard]] bool is_route(std::string_view text);
[[nodiscard]] bool is_route_host(std::string_view text);
inline constexpr std::string_view route_pattern =
    "^(:[1-9][0-9]{0,4}|(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(/[A-Za-z0-9._~%@:+/-]*)?)"
    "$";
inline constexpr std::string_view route_host_pattern =
    "^(:[1-9][0-9]{0,4}|(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$";

/// The name that an engine gives a network, or the key of one in the file.
[[nodiscard]] bool is_network_name(std::string_view text);
inline constexpr std::string_view network_name_pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";

/// A hash of a password as bcrypt or argon2id write it: never a password.
[[nodiscard]] bool is_password_hash(std::string_view text);
inline constexpr std::string_view password_hash_pattern = "^\\$(2[aby]|argon2id)\\$[^\\s]{20,}$";

/// The name of a variable.
[[nodiscard]] bool is_variable(std::string_view text);
inline constexpr std::string_view variable_pattern = "^[A-Za-z_][A-Za-z0-9_]*$";

}  // namespace landfast::compose
