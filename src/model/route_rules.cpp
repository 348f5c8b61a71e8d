// SPDX-License-Identifier: Apache-2.0
#include "model/route_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace landfast {
namespace {

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool only_of(std::string_view text, std::string_view first, std::string_view second) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return first.find(c) != std::string_view::npos || second.find(c) != std::string_view::npos;
  });
}

Status at(const EdgeRoute& r, std::string text, std::string hint) {
  auto error = fail(Code::invalid, std::move(text), std::move(hint));
  if (!r.route.mark.file.empty()) error.value().mark = r.route.mark;
  return error;
}

/// Caddy replaces `{…}` in most texts of its configuration: `{env.HOME}`, `{file./etc/hostname}`.
bool is_evaluated(std::string_view text) { return text.find_first_of("{}") != std::string::npos; }

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t') || byte == 0x7f;
  });
}

Status check_text(const EdgeRoute& r, std::string_view what, std::string_view text) {
  if (is_evaluated(text))
    return at(r, fmt::format("{} has a brace: {}", what, in_quotes(text)),
              "the edge would evaluate what stands in braces; write it without them");
  if (has_control(text))
    return at(r, fmt::format("{} has a control character: {}", what, in_quotes(text)),
              "remove it; a header is one line");
  return {};
}

Status check_headers(const EdgeRoute& r) {
  for (const auto& [name, value] : r.route.headers) {
    if (!only_of(name, letters_and_digits, "-_"))
      return at(r, fmt::format("{} is not the name of a header", in_quotes(name)),
                "a name is made of letters, digits, - and _");
    if (value) TRY_VOID(check_text(r, fmt::format("the header {}", name), *value));
  }
  return {};
}

std::string_view scheme_of(const Secret& hash) {
  return hash.reveal().starts_with("$argon2id$") ? "argon2id" : "bcrypt";
}

Status check_users(const EdgeRoute& r) {
  for (const auto& [user, hash] : r.route.auth) {
    TRY_VOID(check_text(r, "the name of a user", user));
    if (user.empty() || user.find(':') != std::string::npos)
      return at(r, fmt::format("{} cannot be the name of a user", in_quotes(user)),
                "a name is not empty and has no colon");
    if (is_evaluated(hash.reveal()) || has_control(hash.reveal()))
      return at(r, fmt::format("the password of {} is not a hash", user),
                "make one with caddy hash-password or htpasswd -B");
    if (scheme_of(hash) != scheme_of(r.route.auth.begin()->second))
      return at(r, "some passwords are hashed with bcrypt and some with argon2id",
                "one route takes one of the two; hash them all alike");
  }
  return {};
}

Status check_texts(const EdgeRoute& r) {
  TRY_VOID(check_text(r, "the host", r.route.host));
  TRY_VOID(check_text(r, "the path", r.route.path));
  TRY_VOID(check_text(r, "the static folder", r.route.static_dir));
  TRY_VOID(check_text(r, "the certificate", r.tls.certificate));
  TRY_VOID(check_text(r, "the key", r.tls.key));
  for (const auto& block : r.route.allow) TRY_VOID(check_text(r, "the address", block));
  TRY_VOID(check_headers(r));
  return check_users(r);
}

bool gives_certificate(TlsKind kind) { return kind != TlsKind::automatic && kind != TlsKind::off; }

Tls by_name(const std::string& host) {
  Tls tls;
  tls.kind = is_local_name(host) ? TlsKind::self_signed : TlsKind::acme;
  if (is_address(host)) tls.kind = TlsKind::off;
  return tls;
}

bool is_wildcard(const EdgeRoute& r) { return r.route.host.starts_with("*."); }

Status check_certificate(const RouteTable& table, const EdgeRoute& r, TlsKind served) {
  if (r.route.host.empty() && gives_certificate(r.tls.kind))
    return at(r, fmt::format("a certificate for :{} needs a name", r.route.published),
              "write route: HOST, or leave out tls");
  if (r.route.host.empty() || !is_wildcard(r) || served != TlsKind::acme) return {};
  if (edge_mode(table, r) != EdgeMode::own) return {};
  return at(r, fmt::format("a certificate for {} needs a DNS challenge", r.route.host),
            "get it with certbot, lego or acme.sh and name its files: tls: {cert, key}");
}

bool same(const Tls& a, const Tls& b) {
  return a.kind == b.kind && a.certificate == b.certificate && a.key == b.key;
}

}  // namespace

bool is_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  const auto parts = split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](const std::string& part) {
           return part.size() <= 3 && only_of(part, "0123456789", "");
         });
}

bool is_local_name(std::string_view host) {
  static constexpr std::array endings{".localhost", ".local", ".test",
                                      ".internal",  ".lan",   ".home.arpa"};
  return is_address(host) || host.find('.') == std::string_view::npos ||
         std::ranges::any_of(endings, [&](const char* ending) { return host.ends_with(ending); });
}

EdgeMode edge_mode(const RouteTable& table, const EdgeRoute& r) {
  const auto* target = table.target(r.target);
  if (target == nullptr) return EdgeMode::own;
  const auto it = table.settings.find(target->stack);
  return it == table.settings.end() ? EdgeMode::own : it->second.mode;
}

std::map<std::string, Tls> host_tls(const RouteTable& table) {
  std::map<std::string, Tls> hosts;
  for (const auto& r : table.routes) {
    if (r.route.host.empty() || r.tunnel) continue;
    auto tls = r.tls;
    if (edge_mode(table, r) != EdgeMode::own) tls = Tls{TlsKind::off, {}, {}};
    const auto [it, is_new] = hosts.try_emplace(r.route.host, tls);
    if (!is_new && it->second.kind == TlsKind::automatic) it->second = tls;
  }
  for (auto& [host, tls] : hosts)
    if (tls.kind == TlsKind::automatic) tls = by_name(host);
  return hosts;
}

Status check_nginx_routes(const RouteTable& table) {
  for (const auto& r : table.routes) {
    if (!r.route.static_dir.empty())
      return at(r, "edge: {nginx: …} serves no static files",
                "serve them by a container of their own");
    if (!r.route.auth.empty())
      return at(r, "edge: {nginx: …} checks no passwords",
                "drop auth, or let Landfast's own edge serve the stack: edge: behind");
    if (r.route.compress.value_or(false))
      return at(r, "edge: {nginx: …} does not compress", "drop compress: nginx has gzip on");
    if (gives_certificate(r.tls.kind))
      return at(r, "edge: {nginx: …} gives no certificate: TLS is your nginx's own",
                "drop tls; docs/edge.md says how your nginx serves the host by HTTPS");
    if (!only_of(r.route.path, letters_and_digits, "-._~@:+/"))
      return at(r, fmt::format("nginx cannot be told the path {}", in_quotes(r.route.path)),
                "write it without %");
    if (!only_of(r.route.host, letters_and_digits, "-.*"))
      return at(r, fmt::format("nginx cannot be told the host {}", in_quotes(r.route.host)),
                "write a name, such as app.example.com");
    for (const auto& block : r.route.allow)
      if (!only_of(block, "0123456789abcdefABCDEF", ".:/"))
        return at(r, fmt::format("nginx cannot be told the address {}", in_quotes(block)),
                  "write an address or a block of them, such as 10.0.0.0/8");
    for (const auto& [name, value] : r.route.headers)
      if (value && value->find('$') != std::string::npos)
        return at(r, fmt::format("the header {} has a $, which nginx would evaluate", name),
                  "write it without");
  }
  return {};
}

Status check_routes(const RouteTable& table) {
  const auto hosts = host_tls(table);
  for (const auto& r : table.routes) {
    TRY_VOID(check_texts(r));
    if (r.tunnel) continue;  // plain HTTP, whatever its host
    const auto served = hosts.find(r.route.host);
    if (served == hosts.end()) {
      TRY_VOID(check_certificate(table, r, TlsKind::off));
      continue;
    }
    TRY_VOID(check_certificate(table, r, served->second.kind));
    const bool says = r.tls.kind != TlsKind::automatic && edge_mode(table, r) == EdgeMode::own;
    if (says && !same(r.tls, served->second))
      return at(r, fmt::format("{} is given different tls by two routes", r.route.host),
                "a host has one certificate; let both say the same, or only one");
  }
  return {};
}

}  // namespace landfast
