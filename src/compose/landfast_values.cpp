// SPDX-License-Identifier: Apache-2.0
#include "compose/landfast_values.h"

#include <algorithm>

#include "compose/canonical.h"
#include "compose/encode.h"
#include "compose/go_text.h"
#include "compose/landfast_forms.h"
#include "compose/short_syntax.h"

namespace landfast::compose {
namespace {

std::string text_at(const Node& node, std::string_view key) {
  return std::string(node.text_of(key));
}

bool flag_at(const Node& node, std::string_view key) {
  const auto* value = node.find(key);
  return value != nullptr && value->is(Kind::boolean) && value->boolean;
}

/// YAML's `3.0` counts as 3, as in the rules.
std::optional<std::int64_t> whole_of(const Node* node) {
  if (node == nullptr || !node->is_number()) return {};
  return node->is(Kind::integer) ? node->integer : static_cast<std::int64_t>(node->real);
}

std::optional<int> number_at(const Node& node, std::string_view key) {
  const auto value = whole_of(node.find(key));
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::vector<std::string> texts_of(const Node* node) {
  std::vector<std::string> out;
  if (node == nullptr) return out;
  for (const auto* item : node->items()) out.emplace_back(item->text);
  return out;
}

std::optional<std::chrono::nanoseconds> duration_of(const Node* node) {
  if (node == nullptr) return {};
  const auto value = parse_duration(node->text);
  if (!value) return {};
  return *value;
}

std::optional<std::int64_t> size_of(const Node* node) {
  if (node == nullptr) return {};
  if (!node->is_string()) return whole_of(node);
  const auto value = parse_bytes(node->text);
  if (!value) return {};
  return *value;
}

/// The position of a word in the list of an enumeration's words.
template <class E>
E word(const Node& node, std::initializer_list<std::string_view> words) {
  const auto it = std::ranges::find(words, node.text);
  return static_cast<E>(it == words.end() ? 0 : it - words.begin());
}

GuardPolicy guard_of(const Node& node) {
  GuardPolicy out;
  out.max_age = duration_of(node.find("max_age")).value_or(out.max_age);
  out.files = size_of(node.find("files")).value_or(out.files);
  out.keep = number_at(node, "keep").value_or(out.keep);
  return out;
}

}  // namespace

std::string ExtensionDecoder::path(std::string_view written) const {
  const auto expanded = expand_user(written, paths_.home);
  return expanded.starts_with('/') ? expanded : join_path(paths_.directory, expanded);
}

void ExtensionDecoder::stack(const Entry& e, StackExtension& into) {
  const auto& v = *e.value;
  if (e.key == "tier") into.tier = word<Tier>(v, {"basic", "recommended", "hardened"});
  if (e.key == "backup") into.backup = backup(v);
  if (e.key == "guard") into.guard = guard_of(v);
  if (e.key == "edge") edge(e, into);
  into.edge_is_said = into.edge_is_said || e.key == "edge";
  if (e.key == "acme")
    into.acme = {text_at(v, "email"), text_at(v, "directory"), flag_at(v, "staging")};
  if (e.key == "trusted_proxies") into.trusted_proxies = texts_of(&v);
  if (e.key == "tunnel")
    into.tunnel = Tunnel{word<TunnelKind>(*v.find("kind"), {"cloudflared", "tailscale"}),
                         text_at(v, "service"), text_at(v, "name"), findings_.mark(e.place)};
  if (e.key == "verify") {
    into.verify.clear();
    for (const auto* item : v.items()) into.verify.push_back(check(*item));
  }
}

void ExtensionDecoder::edge(const Entry& e, StackExtension& into) {
  const auto& v = *e.value;
  into.edge = EdgeMode::behind;
  if (v.is_string()) into.edge = word<EdgeMode>(v, {"own", "behind", "nginx"});
  into.edge_behind = v.is_mapping() ? text_at(v, "behind") : "";
  if (v.is_mapping() && v.find("nginx") != nullptr) {
    const auto folder = text_at(v, "folder");
    into.edge = EdgeMode::nginx;
    into.edge_nginx = {text_at(v, "nginx"), folder.empty() ? "" : path(folder)};
  }
  into.edge_mark = findings_.mark(e.place);
}

BackupPolicy ExtensionDecoder::backup(const Node& node) {
  BackupPolicy out;
  out.to = text_at(node, "to");
  if (out.to.starts_with('.') || out.to.starts_with('~')) out.to = path(out.to);
  out.every = text_at(node, "every");
  if (const auto* keep = node.find("keep")) {
    out.keep_daily = number_at(*keep, "daily");
    out.keep_weekly = number_at(*keep, "weekly");
    out.keep_monthly = number_at(*keep, "monthly");
  }
  out.skip = texts_of(node.find("skip"));
  out.ping = Secret(text_at(node, "ping"));
  return out;
}

VerifyCheck ExtensionDecoder::check(const Node& node) {
  VerifyCheck out;
  out.mark = findings_.mark(node.place);
  out.in = node.text_of("in");
  out.status = number_at(node, "status");
  if (node.has("http")) out.target = text_at(node, "http");
  if (node.has("tcp")) {
    out.kind = CheckKind::tcp;
    out.target = text_at(node, "tcp");
  }
  if (const auto* run = node.find("run")) {
    out.kind = CheckKind::run;
    out.command = texts_of(run);
    if (run->is_string()) {
      auto words = shell_words(run->text);
      if (!words) findings_.error(run->place, "", words.error().text, words.error().hint);
      if (words) out.command = std::move(*words);
    }
    if (out.command.empty() && !findings_.failed())
      findings_.error(run->place, "x-landfast.verify", "the command is empty");
  }
  if (const auto* json = node.find("json"))
    out.json = Encoder(arena_, findings_, Shape::json).any(*json);
  if (const auto* headers = node.find("header"))
    for (const auto& e : headers->entries()) out.headers.emplace(e.key, e.value->text);
  return out;
}

void ExtensionDecoder::service(const Entry& e, ServiceExtension& into) {
  const auto& v = *e.value;
  into.marks.insert_or_assign(std::string(e.key), findings_.mark(e.place));
  if (e.key == "route") {
    into.routes.clear();
    if (!v.is_sequence()) into.routes.push_back(route(v));
    for (const auto* item : v.items()) into.routes.push_back(route(*item));
  }
  if (e.key == "tls") into.tls = tls(v);
  if (e.key == "drain") into.drain = duration_of(&v);
  if (e.key == "hold") into.hold = duration_of(&v);
  if (e.key == "migrate") migrate(v, into);
  if (e.key == "pending") into.pending = texts_of(&v);
  if (e.key == "first") into.first = v.boolean;
  if (e.key == "overlap") into.overlap = v.boolean;
  if (e.key == "shared") into.shared = texts_of(&v);
  if (e.key == "store") into.store = v.text;
  if (e.key == "backup") into.backup = v.boolean;
  if (e.key == "when") into.when = std::string(v.text);
}

void ExtensionDecoder::migrate(const Node& node, ServiceExtension& into) {
  into.migrate = node.is(Kind::boolean) && node.boolean;
  into.migrate_none = node.is_string();
  into.migrate_command = texts_of(node.is_sequence() ? &node : nullptr);
  into.migrate_sql = node.is_mapping() ? path(node.text_of("sql")) : "";
}

Tls ExtensionDecoder::tls(const Node& node) {
  if (node.is_mapping())
    return {TlsKind::files, path(node.text_of("cert")), path(node.text_of("key"))};
  return {word<TlsKind>(node, {"automatic", "acme", "internal", "self-signed", "off"}), "", ""};
}

Route ExtensionDecoder::route(const Node& node) {
  Route out;
  out.mark = findings_.mark(node.place);
  route_text(node.is_string() ? node : *node.find("host"), out);
  if (node.is_mapping()) route_options(node, out);
  return out;
}

void ExtensionDecoder::route_text(const Node& node, Route& into) {
  const auto parts = parse_route(node.text);
  if (!parts) return;
  into.host = parts->host;
  into.path = parts->path;
  into.published = parts->published;
}

void ExtensionDecoder::route_options(const Node& node, Route& into) {
  if (node.has("path")) into.path = node.text_of("path");
  if (const auto* port = node.find("port"))
    into.port = port->is_string() ? port_number(port->text).value_or(0)
                                  : static_cast<std::uint16_t>(whole_of(port).value_or(0));
  into.strip = flag_at(node, "strip");
  into.static_dir = node.text_of("static");
  into.spa = flag_at(node, "spa");
  into.body = size_of(node.find("body"));
  into.allow = texts_of(node.find("allow"));
  into.timeout = duration_of(node.find("timeout"));
  if (node.has("compress")) into.compress = flag_at(node, "compress");
  if (const auto* headers = node.find("headers"))
    for (const auto& e : headers->entries())
      into.headers.emplace(
          e.key, e.value->is_null() ? std::nullopt : std::optional(std::string(e.value->text)));
  if (const auto* users = node.find("auth"))
    for (const auto& e : users->entries())
      into.auth.emplace(e.key, Secret(std::string(e.value->text)));
}

}  // namespace landfast::compose
