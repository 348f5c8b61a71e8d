// SPDX-License-Identifier: Apache-2.0
#include "edge/caddy_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "edge/caddy_parts.h"
#include "model/json_text.h"
#include "model/route_rules.h"

namespace landfast {
namespace {

using boost::json::object;
using boost::json::value;

void sort_keys(value& v) {
  if (v.is_array())
    for (auto& item : v.as_array()) sort_keys(item);
  if (!v.is_object()) return;
  std::vector<std::pair<std::string, value>> members;
  for (auto& member : v.as_object()) members.emplace_back(member.key(), std::move(member.value()));
  std::ranges::sort(members, {}, &std::pair<std::string, value>::first);
  object sorted;
  for (auto& [key, item] : members) {
    sort_keys(item);
    sorted.emplace(key, std::move(item));
  }
  v = std::move(sorted);
}

void write(const value& v, std::size_t indent, std::string& out);

template <class Items, class WriteItem>
void write_lines(const Items& items, std::size_t indent, char open, char close, std::string& out,
                 WriteItem write_item) {
  out += open;
  std::string_view before = "\n";
  for (const auto& item : items) {
    out += before;
    out.append(indent + 1, ' ');
    write_item(item);
    before = ",\n";
  }
  out += '\n';
  out.append(indent, ' ');
  out += close;
}

void write(const value& v, std::size_t indent, std::string& out) {
  constexpr std::size_t width = 100;
  const auto line = compact_json(v);
  if (indent + line.size() <= width || !(v.is_array() || v.is_object())) {
    out += line;
  } else if (v.is_array()) {
    write_lines(v.as_array(), indent, '[', ']', out,
                [&](const value& item) { write(item, indent + 1, out); });
  } else {
    write_lines(v.as_object(), indent, '{', '}', out, [&](const auto& member) {
      out += compact_json(value(member.key())) + ": ";
      write(member.value(), indent + 1, out);
    });
  }
}

/// Errors name the address that was asked for; what stood in it and in the headers stays private.
object logging() {
  object fields{{"request>headers", object{{"filter", "delete"}}},
                {"resp_headers", object{{"filter", "delete"}}}};
  fields["request>uri"] = object{{"filter", "regexp"}, {"regexp", "\\?.*"}, {"value", "?..."}};
  object encoder{{"format", "filter"}, {"fields", std::move(fields)}};
  encoder["wrap"] = object{{"format", "json"}};
  object log{{"level", "WARN"}, {"encoder", std::move(encoder)}};
  return object{{"logs", object{{"default", std::move(log)}}}};
}

/// Without this block a load would move the interface to TCP, even one that fails.
object admin(const CaddyLayout& layout) {
  return object{{"listen", fmt::format("unix/{}/admin.sock|0600", layout.run)},
                {"config", object{{"persist", false}}}};
}

object local_authority() {
  object authority{{"install_trust", false}, {"name", "Landfast local authority"}};
  return object{{"certificate_authorities", object{{"local", std::move(authority)}}}};
}

Status check_targets(const RouteTable& table) {
  for (const auto& r : table.routes)
    if (table.target(r.target) == nullptr)
      return fail(Code::invalid, fmt::format("a route leads to {}, which is no target", r.target));
  for (const auto& t : table.targets)
    if (t.replicas < 1 || t.replicas > 1000)
      return fail(Code::invalid,
                  fmt::format("{} of stack {} has {} containers", t.service, t.stack, t.replicas));
  return {};
}

Status check_given(const RouteTable& table, const GivenCertificates& given) {
  for (const auto& [host, tls] : host_tls(table))
    if (tls.kind == TlsKind::files && !given.contains(tls.certificate))
      return fail(Code::not_found,
                  fmt::format("the certificate {} of {} is not at hand", tls.certificate, host));
  return {};
}

}  // namespace

std::string caddy_text(const object& config) {
  std::string out;
  write(config, 0, out);
  return out + "\n";
}

std::string probe_socket(int n) { return n == 1 ? "probe.sock" : fmt::format("probe-{}.sock", n); }

Result<object> caddy_config(const RouteTable& table, const CaddyLayout& layout,
                            const GivenCertificates& given) {
  TRY_VOID(check_targets(table));
  TRY_VOID(check_routes(table));
  TRY_VOID(check_clashes(table));
  TRY_VOID(check_given(table, given));
  object http{{"http_port", layout.http},
              {"https_port", layout.https},
              {"grace_period", "10s"},
              {"servers", caddy::servers(table, layout)}};
  object apps{{"http", std::move(http)}, {"pki", local_authority()}};
  if (auto tls = caddy::tls_app(table, layout, given); !tls.empty()) apps["tls"] = std::move(tls);
  object storage{{"module", "file_system"}, {"root", layout.data + "/caddy"}};
  value out = object{{"admin", admin(layout)},
                     {"logging", logging()},
                     {"storage", std::move(storage)},
                     {"apps", std::move(apps)}};
  sort_keys(out);
  return std::move(out.as_object());
}

}  // namespace landfast
