// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "model/route_table.h"

namespace landfast {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array texts(const std::vector<std::string>& list) {
  array a;
  for (const auto& text : list) a.emplace_back(text);
  return a;
}

object json_of(const Route& r) {
  object o{{"host", r.host}, {"published", r.published}, {"path", r.path},
           {"port", r.port}, {"strip", r.strip},         {"static", r.static_dir},
           {"spa", r.spa},   {"allow", texts(r.allow)}};
  o["body"] = r.body ? value(*r.body) : value(nullptr);
  o["timeout"] = r.timeout ? value(r.timeout->count()) : value(nullptr);
  o["compress"] = r.compress ? value(*r.compress) : value(nullptr);
  object headers, auth;
  for (const auto& [name, text] : r.headers) headers[name] = text ? value(*text) : value(nullptr);
  for (const auto& [user, hash] : r.auth) auth[user] = hash.reveal();
  o["headers"] = std::move(headers);
  o["auth"] = std::move(auth);
  return o;
}

object json_of(const BehindTunnel& t) {
  object names;
  for (const auto& [network, list] : t.names) names[network] = texts(list);
  object o{
      {"kind", static_cast<std::int64_t>(t.kind)}, {"name", t.name}, {"sources", texts(t.sources)}};
  o["names"] = std::move(names);
  return o;
}

object json_of(const EdgeRoute& r) {
  object o{{"target", r.target},
           {"tls", static_cast<std::int64_t>(r.tls.kind)},
           {"certificate", r.tls.certificate},
           {"key", r.tls.key},
           {"host_ip", r.host_ip},
           {"hold", r.hold.count()}};
  o["route"] = json_of(r.route);
  if (r.tunnel) o["tunnel"] = json_of(*r.tunnel);
  return o;
}

object json_of(const EdgeSettings& s) {
  object o{{"mode", static_cast<std::int64_t>(s.mode)},
           {"email", s.acme.email},
           {"directory", s.acme.directory},
           {"staging", s.acme.staging},
           {"trusted_proxies", texts(s.trusted_proxies)}};
  if (!s.network.empty()) o["network"] = s.network;
  if (!s.nginx.empty())
    o["nginx"] = object{{"container", s.nginx.container}, {"folder", s.nginx.folder}};
  return o;
}

/// Reads members of known types; remembers the first that is not so.
class Reader {
 public:
  [[nodiscard]] bool failed() const { return failed_; }

  std::string text(const object& o, std::string_view key) {
    const auto* v = find(o, key);
    if (v != nullptr && v->is_string()) return std::string(v->as_string());
    failed_ = true;
    return {};
  }
  std::int64_t number(const object& o, std::string_view key, std::int64_t most = INT64_MAX) {
    const auto* v = find(o, key);
    std::int64_t n = -1;
    if (v != nullptr && v->is_int64()) n = v->as_int64();
    if (v != nullptr && v->is_uint64() && v->as_uint64() <= INT64_MAX)
      n = static_cast<std::int64_t>(v->as_uint64());
    if (n < 0 || n > most) failed_ = true;
    return failed_ ? 0 : n;
  }
  bool flag(const object& o, std::string_view key) {
    const auto* v = find(o, key);
    if (v != nullptr && v->is_bool()) return v->as_bool();
    failed_ = true;
    return false;
  }
  object group(const object& o, std::string_view key) {
    const auto* v = find(o, key);
    if (v != nullptr && v->is_object()) return v->as_object();
    failed_ = true;
    return {};
  }
  std::vector<object> groups(const object& o, std::string_view key) {
    std::vector<object> list;
    for (const auto& v : items(o, key)) {
      if (v.is_object())
        list.push_back(v.as_object());
      else
        failed_ = true;
    }
    return list;
  }
  std::vector<std::string> texts(const object& o, std::string_view key) {
    std::vector<std::string> list;
    for (const auto& v : items(o, key)) {
      if (v.is_string())
        list.emplace_back(v.as_string());
      else
        failed_ = true;
    }
    return list;
  }
  [[nodiscard]] static bool has(const object& o, std::string_view key) {
    const auto* v = o.if_contains(key);
    return v != nullptr && !v->is_null();
  }

  Route route(const object& o) {
    Route r;
    r.host = text(o, "host");
    r.published = static_cast<std::uint16_t>(number(o, "published", UINT16_MAX));
    r.path = text(o, "path");
    r.port = static_cast<std::uint16_t>(number(o, "port", UINT16_MAX));
    r.strip = flag(o, "strip");
    r.static_dir = text(o, "static");
    r.spa = flag(o, "spa");
    r.allow = texts(o, "allow");
    if (has(o, "body")) r.body = number(o, "body");
    if (has(o, "timeout")) r.timeout = std::chrono::nanoseconds(number(o, "timeout"));
    if (has(o, "compress")) r.compress = flag(o, "compress");
    for (const auto& [name, v] : group(o, "headers"))
      r.headers[name] = v.is_string() ? std::optional(std::string(v.as_string())) : std::nullopt;
    const auto users = group(o, "auth");
    for (const auto& entry : users) r.auth[entry.key()] = Secret(text(users, entry.key()));
    return r;
  }

  EdgeRoute edge_route(const object& o) {
    EdgeRoute r;
    r.target = text(o, "target");
    r.route = route(group(o, "route"));
    r.tls.kind = static_cast<TlsKind>(number(o, "tls", static_cast<std::int64_t>(TlsKind::files)));
    r.tls.certificate = text(o, "certificate");
    r.tls.key = text(o, "key");
    r.host_ip = text(o, "host_ip");
    r.hold = std::chrono::nanoseconds(number(o, "hold"));
    if (has(o, "tunnel")) r.tunnel = tunnel(group(o, "tunnel"));
    return r;
  }

  BehindTunnel tunnel(const object& o) {
    BehindTunnel t;
    t.kind = static_cast<TunnelKind>(
        number(o, "kind", static_cast<std::int64_t>(TunnelKind::tailscale)));
    t.name = text(o, "name");
    t.sources = texts(o, "sources");
    const auto names = group(o, "names");
    for (const auto& entry : names) t.names[entry.key()] = texts(names, entry.key());
    return t;
  }

  EdgeTarget target(const object& o) {
    EdgeTarget t;
    t.id = text(o, "id");
    t.stack = text(o, "stack");
    t.service = text(o, "service");
    t.port = static_cast<std::uint16_t>(number(o, "port", UINT16_MAX));
    t.replicas = static_cast<int>(number(o, "replicas", INT32_MAX));
    return t;
  }

  EdgeSettings settings(const object& o) {
    EdgeSettings s;
    s.mode = static_cast<EdgeMode>(number(o, "mode", static_cast<std::int64_t>(EdgeMode::nginx)));
    s.acme.email = text(o, "email");
    s.acme.directory = text(o, "directory");
    s.acme.staging = flag(o, "staging");
    s.trusted_proxies = texts(o, "trusted_proxies");
    if (o.contains("network")) s.network = text(o, "network");
    if (has(o, "nginx")) {
      const auto nginx = group(o, "nginx");
      s.nginx = {text(nginx, "container"), text(nginx, "folder")};
    }
    return s;
  }

 private:
  static const value* find(const object& o, std::string_view key) { return o.if_contains(key); }
  array items(const object& o, std::string_view key) {
    const auto* v = find(o, key);
    if (v != nullptr && v->is_array()) return v->as_array();
    failed_ = true;
    return {};
  }
  bool failed_ = false;
};

}  // namespace

object to_json(const RouteTable& table) {
  object o{{"edge", table.edge}};
  array targets, routes;
  for (const auto& t : table.targets)
    targets.emplace_back(object{{"id", t.id},
                                {"stack", t.stack},
                                {"service", t.service},
                                {"port", t.port},
                                {"replicas", t.replicas}});
  for (const auto& r : table.routes) routes.emplace_back(json_of(r));
  object settings;
  for (const auto& [stack, s] : table.settings) settings[stack] = json_of(s);
  o["targets"] = std::move(targets);
  o["routes"] = std::move(routes);
  o["settings"] = std::move(settings);
  return o;
}

Result<RouteTable> route_table(const object& json) {
  Reader reader;
  RouteTable table;
  table.edge = reader.text(json, "edge");
  for (const auto& o : reader.groups(json, "targets")) table.targets.push_back(reader.target(o));
  for (const auto& o : reader.groups(json, "routes")) table.routes.push_back(reader.edge_route(o));
  const auto settings = reader.group(json, "settings");
  for (const auto& entry : settings)
    table.settings[entry.key()] = reader.settings(reader.group(settings, entry.key()));
  if (reader.failed())
    return fail(Code::corrupt, "the edge's recorded routes cannot be read",
                "deploy the stacks that it serves again");
  return table;
}

}  // namespace landfast
