// SPDX-License-Identifier: Apache-2.0
#include "edge/nginx_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "model/route_rules.h"

namespace landfast {
namespace {

constexpr const char* closed = R"(        default_type text/html;
        add_header Retry-After 5 always;
        add_header Cache-Control no-store always;
        return 503 "<!doctype html><meta http-equiv=refresh content=5><h1>Back soon</h1>";
)";

// The same as edge/proxy_block.cpp, and what only a tunnel in front of us may say is removed.
constexpr const char* forwarded = R"(        proxy_http_version 1.1;
        proxy_redirect off;
        proxy_connect_timeout 2s;
        proxy_next_upstream off;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Forwarded "";
        proxy_set_header Cf-Connecting-Ip "";
        proxy_set_header Tailscale-User-Login "";
        proxy_set_header Tailscale-User-Name "";
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection ${};
        proxy_request_buffering off;
        proxy_buffering off;
        proxy_send_timeout 1h;
)";

constexpr const char* asked = R"(
server {{
    listen 80;
    server_name {};
    location = {} {{
        access_log off;
        default_type text/plain;
        return 200 {};
    }}
    location / {{
        return 404;
    }}
}}
)";

/// A regular expression for a path and what is below it. Only letters, digits and -._~@:+/ stand in
/// a path.
std::string below(const std::string& path) {
  std::string out = "^";
  for (const char c : path.ends_with('/') ? path.substr(0, path.size() - 1) : path) {
    if (c == '.' || c == '+') out += '\\';
    out += c;
  }
  return out;
}

std::string nginx_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string address_variable(const EdgeTarget& target) { return "landfast_" + target.id; }
std::string upgrade_variable(const RouteTable& table) {
  return "landfast_upgrade_" + sha256_hex(table.edge).substr(0, 8);
}

class Writer {
 public:
  Writer(const RouteTable& table, const std::map<std::string, SlotState>& slots)
      : table_(table), slots_(slots) {}

  std::string text() {
    out_ = fmt::format("# Landfast writes this anew at each deploy of the stack {}.\n", stack());
    out_ += fmt::format("map $http_upgrade ${} {{\n    default upgrade;\n    '' '';\n}}\n",
                        upgrade_variable(table_));
    for (const auto& t : table_.targets) addresses(t);
    std::string host;
    for (const auto* r : sorted()) {
      if (r->route.host != host) {
        if (!host.empty()) out_ += "}\n";
        host = r->route.host;
        out_ += fmt::format("\nserver {{\n    listen 80;\n    server_name {};\n", host);
      }
      location(*r);
    }
    return out_ + "}\n";
  }

 private:
  [[nodiscard]] std::string stack() const {
    return table_.targets.empty() ? "" : table_.targets.front().stack;
  }

  /// By host, and there the longest path first: nginx takes the first expression that fits.
  [[nodiscard]] std::vector<const EdgeRoute*> sorted() const {
    std::vector<const EdgeRoute*> routes;
    for (const auto& r : table_.routes) routes.push_back(&r);
    std::ranges::stable_sort(routes, [](const auto* a, const auto* b) {
      if (a->route.host != b->route.host) return a->route.host < b->route.host;
      return a->route.path.size() > b->route.path.size();
    });
    return routes;
  }

  [[nodiscard]] const std::vector<std::string>* serving(const EdgeTarget& target) const {
    const auto slot = slots_.find(target.id);
    if (slot == slots_.end()) return nullptr;
    const auto serves = serving_slot(slot->second.word);
    return serves ? &slot->second.addresses(*serves) : nullptr;
  }

  /// Requests are dealt out evenly among replicas.
  void addresses(const EdgeTarget& target) {
    const auto* list = serving(target);
    if (list == nullptr || list->empty()) return;
    out_ += fmt::format("split_clients $request_id ${} {{\n", address_variable(target));
    const auto share = 100.0 / static_cast<double>(list->size());
    for (std::size_t i = 0; i + 1 < list->size(); ++i)
      out_ += fmt::format("    {:.2f}% {};\n", share, (*list)[i]);
    out_ += fmt::format("    * {};\n}}\n", list->back());
  }

  void location(const EdgeRoute& r) {
    const auto path = below(r.route.path);
    const bool whole = path == "^";
    out_ += whole ? "    location / {\n" : fmt::format("    location ~ \"{}(/|$)\" {{\n", path);
    const auto* target = table_.target(r.target);
    out_ += fmt::format("        client_max_body_size {};\n", r.route.body.value_or(0));
    if (target == nullptr || serving(*target) == nullptr) {
      out_ += closed;
    } else {
      for (const auto& block : r.route.allow) out_ += fmt::format("        allow {};\n", block);
      if (!r.route.allow.empty()) out_ += "        deny all;\n";
      headers(r.route);
      if (r.route.strip && !whole)
        out_ += fmt::format("        rewrite \"{}/?(.*)$\" /$1 break;\n", path);
      out_ += fmt::format("        resolver 127.0.0.11 valid=1s ipv6=off;\n");
      out_ += fmt::format("        proxy_pass http://${};\n", address_variable(*target));
      out_ += fmt::format(forwarded, upgrade_variable(table_));
      const auto limit = r.route.timeout.value_or(std::chrono::hours(1));
      out_ += fmt::format("        proxy_read_timeout {}ms;\n",
                          std::chrono::ceil<std::chrono::milliseconds>(limit).count());
    }
    out_ += "    }\n";
  }

  /// What the app says of a header that the user sets is left out.
  void headers(const Route& r) {
    for (const auto& [name, value] : r.headers) {
      out_ += fmt::format("        proxy_hide_header {};\n", name);
      if (value)
        out_ += fmt::format("        add_header {} {} always;\n", name, nginx_text(*value));
    }
  }

  const RouteTable& table_;
  const std::map<std::string, SlotState>& slots_;
  std::string out_;
};

}  // namespace

std::string nginx_asked_as(const std::string& edge) { return edge + ".invalid"; }

std::string nginx_file(const std::string& edge) {
  return fmt::format("landfast-{}.conf", edge.substr(0, edge.rfind("-landfast-nginx")));
}

Result<NginxConfig> nginx_config(const RouteTable& table,
                                 const std::map<std::string, SlotState>& slots) {
  TRY_VOID(check_routes(table));
  TRY_VOID(check_clashes(table));
  TRY_VOID(check_nginx_routes(table));
  auto text = Writer(table, slots).text();
  const auto generation = sha256_hex(text).substr(0, 16);
  text += fmt::format(asked, nginx_asked_as(table.edge), nginx_generation_path, generation);
  return NginxConfig{std::move(text), generation};
}

}  // namespace landfast
