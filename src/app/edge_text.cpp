// SPDX-License-Identifier: Apache-2.0
#include "app/edge_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <ctime>
#include <set>

#include "app/table.h"
#include "base/text.h"
#include "model/driven_nginx.h"
#include "model/route_rules.h"
#include "plan/names.h"

namespace landfast {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::int64_t day = 24 * 3600;

/// What the tunnel's client asks, and the public name that it does so for.
std::string url_behind_tunnel(const EdgeRoute& r, const EdgeTarget& target) {
  auto url = fmt::format("http://{}:{}{}", target.service, r.route.port,
                         r.route.path == "/" ? "" : r.route.path);
  if (!r.tunnel->name.empty()) url += " for " + r.tunnel->name;
  return url;
}

std::string url_of(const Route& r, const std::map<std::string, Tls>& hosts) {
  const auto path = r.path == "/" ? "" : r.path;
  if (r.host.empty()) return fmt::format(":{}{}", r.published, path);
  const auto tls = hosts.find(r.host);
  const bool is_plain = tls == hosts.end() || tls->second.kind == TlsKind::off;
  return fmt::format("{}://{}{}", is_plain ? "http" : "https", r.host, path);
}

const std::vector<std::string>* serving_addresses(const ServedRoute& r) {
  const auto serves = serving_slot(r.slot.word);
  return serves ? &r.slot.addresses(*serves) : nullptr;
}

std::string who_serves(const EdgeFacts& edge, const ServedRoute& r) {
  if (!edge.running) return "not served: the edge does not run";
  if (r.slot.word == SlotWord::hold) return "held: requests wait";
  const auto* addresses = serving_addresses(r);
  if (addresses == nullptr) return "closed: 503";
  std::vector<std::string> names;
  for (const auto& address : *addresses)
    names.push_back(printable(r.target.port == 0 ? address.substr(0, 12) : address));
  return join(names, ", ");
}

std::string flight_text(const ServedRoute& r) {
  return r.in_flight && *r.in_flight > 0 ? fmt::format("{} in flight", *r.in_flight) : "";
}

/// That of the edge, or the user's nginx.
std::string container_of(const RouteTable& table) {
  return is_nginx_edge(table.edge) ? driven_nginx(table).container : table.edge;
}

std::string edge_line(const EdgeFacts& facts, Style style) {
  const auto version = facts.version.empty() ? "" : " " + printable(facts.version);
  auto line = printable(facts.table.edge) + "   ";
  if (!facts.running) return line + coloured("does not run", LineState::failed, style) + "\n";
  line += is_nginx_edge(facts.table.edge) ? "nginx" : "Caddy" + version;
  if (facts.revision != facts.recorded)
    line += "   " +
            coloured("serves an older table: the next deploy loads it", LineState::failed, style);
  return line + "\n";
}

LineState state_of(const EdgeFacts& edge, const ServedRoute& r) {
  if (!edge.running) return LineState::failed;
  return serving_addresses(r) != nullptr ? LineState::done : LineState::waiting;
}

std::string_view word_of(TlsKind kind) {
  switch (kind) {
  case TlsKind::internal:
  case TlsKind::self_signed:
    return "own authority";
  case TlsKind::files:
    return "your file";
  default:
    return "ACME";
  }
}

std::string date_text(std::int64_t seconds, TimePoint now) {
  std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return when_text({text, size}, now);
}

std::int64_t seconds_of(TimePoint now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

std::string end_text(const CertificateFacts& facts, TimePoint now) {
  const auto left = facts.until - seconds_of(now);
  if (left <= 0) return "expired " + date_text(facts.until, now);
  return fmt::format("until {} ({})", date_text(facts.until, now),
                     left >= 2 * day ? fmt::format("{} days", left / day)
                                     : human_duration(std::chrono::seconds(left)));
}

/// A file of the user is renewed by whoever made it, and people need time for that; the edge renews
/// the others by itself, and half of the time that it has for it has passed.
bool ends_soon(const HostCertificate& c, TimePoint now) {
  const auto left = c.facts->until - seconds_of(now);
  return c.kind == TlsKind::files ? left < 21 * day : left < (c.facts->until - c.facts->from) / 6;
}

LineState state_of(const HostCertificate& c, TimePoint now) {
  if (!c.facts) return c.why_none.empty() ? LineState::waiting : LineState::failed;
  return ends_soon(c, now) || c.given == GivenState::unfit ? LineState::failed : LineState::done;
}

std::string renewal_text(const HostCertificate& c, TimePoint now) {
  if (c.kind != TlsKind::files) return "renews " + date_text(c.facts->renewal(), now);
  return c.given == GivenState::same ? "" : fmt::format("on disk: {}", to_string(c.given));
}

void warn_of_files(const HostCertificate& c, std::vector<std::string>& out) {
  if (c.given == GivenState::newer)
    out.push_back(
        fmt::format("{}: {} is newer than what is served: landfast cert reload", c.host, c.file));
  if (c.given == GivenState::unfit)
    out.push_back(fmt::format("{}: what is served is not what is on disk, which cannot serve: {}",
                              c.host, c.why_unfit));
}

std::string end_warning(const HostCertificate& c, TimePoint now) {
  const auto end = end_text(*c.facts, now);
  if (c.kind == TlsKind::files)
    return fmt::format("{}: its certificate is {}: renew it, then landfast cert reload", c.host,
                       end);
  return fmt::format(
      "{}: its certificate is {}, and should have been renewed {}: the log of the "
      "edge says why it was not",
      c.host, end, date_text(c.facts->renewal(), now));
}

TableRow row_of(const HostCertificate& c, TimePoint now) {
  const auto state = state_of(c, now);
  const std::string kind(word_of(c.kind));
  if (!c.facts)
    return {state,
            {printable(c.host), kind, c.why_none.empty() ? "none yet" : printable(c.why_none)}};
  return {state,
          {printable(c.host), kind, printable(c.facts->issuer), end_text(*c.facts, now),
           renewal_text(c, now)}};
}

/// Files have none.
std::string port_text(const EdgeTarget& target) {
  return target.port == 0 ? "files" : std::to_string(target.port);
}

array texts(const std::vector<std::string>& list) {
  array out;
  for (const auto& text : list) out.emplace_back(text);
  return out;
}

object json_of(const EdgeListing& edge, const ServedRoute& r) {
  object o{{"edge", edge.facts.table.edge}, {"url", r.url},
           {"stack", r.target.stack},       {"service", r.target.service},
           {"port", r.target.port},         {"slot", to_string(r.slot.word)},
           {"running", edge.facts.running}};
  const auto* addresses = serving_addresses(r);
  o["serves"] = addresses == nullptr ? array() : texts(*addresses);
  o["in_flight"] = r.in_flight ? value(*r.in_flight) : value(nullptr);
  return o;
}

object json_of(const EdgeListing& edge, const HostCertificate& c) {
  object o{{"edge", edge.facts.table.edge}, {"host", c.host}, {"kind", word_of(c.kind)}};
  o["certificate"] = nullptr;
  if (!c.why_none.empty()) o["why_none"] = c.why_none;
  if (c.kind == TlsKind::files) {
    o["file"] = c.file;
    o["on_disk"] = to_string(c.given);
  }
  if (!c.facts) return o;
  object facts{{"names", texts(c.facts->names)},
               {"issuer", c.facts->issuer},
               {"from", c.facts->from},
               {"until", c.facts->until},
               {"fingerprint", c.facts->fingerprint}};
  facts["renewal"] = c.kind == TlsKind::files ? value(nullptr) : value(c.facts->renewal());
  o["certificate"] = std::move(facts);
  return o;
}

}  // namespace

std::vector<ServedRoute> served_routes(const EdgeFacts& facts, const std::string& stack) {
  const auto hosts = host_tls(facts.table);
  std::vector<ServedRoute> out;
  for (const auto& r : facts.table.routes) {
    const auto* target = facts.table.target(r.target);
    if (target == nullptr || (!stack.empty() && target->stack != stack)) continue;
    const auto slot = facts.slots.find(r.target);
    out.push_back({r.tunnel ? url_behind_tunnel(r, *target) : url_of(r.route, hosts), *target,
                   slot == facts.slots.end() ? SlotState{} : slot->second, std::nullopt});
  }
  return out;
}

EdgeListing edge_listing(EdgeFacts facts, const std::string& stack) {
  EdgeListing listing;
  listing.facts = std::move(facts);
  listing.routes = served_routes(listing.facts, stack);
  if (listing.routes.empty()) return listing;
  listing.certificates = host_certificates(listing.facts);
  std::erase_if(listing.certificates, [&](const HostCertificate& c) {
    return std::ranges::none_of(listing.routes, [&](const ServedRoute& r) {
      return r.url == "https://" + c.host || r.url.starts_with("https://" + c.host + "/");
    });
  });
  return listing;
}

std::string routes_text(const std::vector<EdgeListing>& edges, std::size_t width, Style style) {
  std::string out;
  for (const auto& edge : edges) {
    std::vector<TableRow> rows;
    for (const auto& r : edge.routes)
      rows.push_back({state_of(edge.facts, r),
                      {printable(r.url),
                       fmt::format("{} {}:{}", printable(r.target.stack),
                                   printable(r.target.service), port_text(r.target)),
                       who_serves(edge.facts, r), flight_text(r)}});
    if (!out.empty()) out += "\n";
    out += edge_line(edge.facts, style) + "\n" + table_text(rows, width, true, style);
  }
  return out.empty() ? "no edge serves anything: x-landfast: {route: HOST} on a service begins\n"
                     : out;
}

object routes_json(const std::vector<EdgeListing>& edges) {
  array routes;
  for (const auto& edge : edges)
    for (const auto& r : edge.routes) routes.push_back(json_of(edge, r));
  return object{{"routes", std::move(routes)}};
}

std::vector<std::string> certificate_warnings(const std::vector<HostCertificate>& certificates,
                                              TimePoint now) {
  std::vector<std::string> out;
  for (const auto& c : certificates) {
    warn_of_files(c, out);
    if (c.facts && ends_soon(c, now)) out.push_back(end_warning(c, now));
  }
  return out;
}

std::vector<std::string> edge_notes(const EdgeListing& edge, TimePoint now) {
  std::vector<std::string> out;
  if (edge.routes.empty()) return out;
  const auto& facts = edge.facts;
  if (!facts.running)
    out.push_back(
        fmt::format("the edge {} does not run, so nothing that it serves is reached: "
                    "docker start {}",
                    facts.table.edge, container_of(facts.table)));
  else if (facts.revision != facts.recorded)
    out.push_back(fmt::format("the edge {} serves an older table: the next deploy loads it",
                              facts.table.edge));
  for (auto& warning : certificate_warnings(edge.certificates, now))
    out.push_back(std::move(warning));
  return out;
}

std::vector<std::string> closed_notes(const EdgeListing& edge,
                                      const std::vector<Container>& containers) {
  std::set<std::string> closed;
  for (const auto& r : edge.routes)
    if (edge.facts.running && r.slot.word == SlotWord::down && r.target.port != 0)
      closed.insert(r.target.service);
  std::vector<std::string> out;
  for (const auto& service : closed)
    if (std::ranges::any_of(containers, [&](const auto& c) {
          return c.label(label::service) == service && c.status == ContainerStatus::running;
        }))
      out.push_back(fmt::format("{} runs, and visitors get the edge's page: landfast start {}",
                                service, service));
  return out;
}

std::string certificates_text(const std::vector<EdgeListing>& edges, TimePoint now,
                              std::size_t width, Style style) {
  std::vector<TableRow> rows;
  std::string warnings;
  for (const auto& edge : edges) {
    for (const auto& c : edge.certificates) rows.push_back(row_of(c, now));
    for (const auto& warning : certificate_warnings(edge.certificates, now))
      warnings += fmt::format("  note: {}\n", printable(warning));
  }
  if (rows.empty()) return "no host is served with TLS\n";
  return table_text(rows, width, true, style) + (warnings.empty() ? "" : "\n" + warnings);
}

object certificates_json(const std::vector<EdgeListing>& edges, TimePoint now) {
  array hosts, warnings;
  for (const auto& edge : edges) {
    for (const auto& c : edge.certificates) hosts.push_back(json_of(edge, c));
    for (const auto& warning : certificate_warnings(edge.certificates, now))
      warnings.emplace_back(warning);
  }
  return object{{"certificates", std::move(hosts)}, {"warnings", std::move(warnings)}};
}

std::string trust_text(const std::string& path, const CertificateFacts& root,
                       const std::vector<std::string>& hosts) {
  return fmt::format(
      "The edge signs {} itself. Whoever trusts its root trusts these names, and every name\n"
      "that this edge may sign: do it only on your own machines.\n\n"
      "  root         {}\n"
      "  SHA-256      {}\n\n"
      "  Debian       sudo cp {} /usr/local/share/ca-certificates/landfast.crt\n"
      "               sudo update-ca-certificates\n"
      "  macOS        sudo security add-trusted-cert -d -r trustRoot \\\n"
      "                 -k /Library/Keychains/System.keychain landfast.crt\n"
      "  Windows      certutil -addstore -f ROOT landfast.crt\n"
      "  Firefox      Settings, Certificates, Authorities, Import\n"
      "  one request  curl --cacert {} https://…\n\n"
      "On another machine, copy the file there and compare the SHA-256 first.\n",
      hosts.empty() ? "names" : printable(join(hosts, ", ")), printable(path), root.fingerprint,
      printable(path), printable(path));
}

}  // namespace landfast
