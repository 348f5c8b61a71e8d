// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "edge/caddy_parts.h"
#include "model/route_rules.h"

namespace landfast::caddy {
namespace {

constexpr const char* staging_directory = "https://acme-staging-v02.api.letsencrypt.org/directory";

/// Names that get their certificates the same way.
struct Authority {
  std::string directory, email;
  friend auto operator<=>(const Authority&, const Authority&) = default;
};

Acme acme_of(const RouteTable& table, const std::string& host) {
  for (const auto& r : table.routes) {
    const auto* target = table.target(r.target);
    if (r.route.host != host || target == nullptr) continue;
    const auto it = table.settings.find(target->stack);
    if (it != table.settings.end()) return it->second.acme;
  }
  return {};
}

Authority authority_of(const Acme& acme) {
  Authority out{acme.directory, acme.email};
  if (out.directory.empty() && acme.staging) out.directory = staging_directory;
  return out;
}

object acme_issuer(const Authority& authority, const CaddyLayout& layout) {
  object issuer{{"module", "acme"}};
  if (!authority.directory.empty()) issuer["ca"] = authority.directory;
  if (!authority.email.empty()) issuer["email"] = authority.email;
  object challenges;
  if (layout.http != 80) challenges["http"] = object{{"alternate_port", layout.http}};
  if (layout.https != 443) challenges["tls-alpn"] = object{{"alternate_port", layout.https}};
  if (!challenges.empty()) issuer["challenges"] = std::move(challenges);
  return issuer;
}

object policy(const std::set<std::string>& names, object issuer) {
  return object{{"subjects", texts({names.begin(), names.end()})},
                {"issuers", one(std::move(issuer))}};
}

array given_files(const std::map<std::string, Tls>& hosts, const GivenCertificates& given) {
  std::set<std::string> taken;
  array out;
  for (const auto& [host, tls] : hosts) {
    if (tls.kind != TlsKind::files || !taken.insert(tls.certificate).second) continue;
    const auto& files = given.at(tls.certificate);
    out.emplace_back(object{{"certificate", files.certificate}, {"key", files.key}});
  }
  return out;
}

}  // namespace

object tls_app(const RouteTable& table, const CaddyLayout& layout, const GivenCertificates& given) {
  const auto hosts = host_tls(table);
  std::map<Authority, std::set<std::string>> public_names;
  std::set<std::string> local_names, all;
  for (const auto& [host, tls] : hosts) {
    if (tls.kind == TlsKind::acme) public_names[authority_of(acme_of(table, host))].insert(host);
    if (tls.kind == TlsKind::internal || tls.kind == TlsKind::self_signed) local_names.insert(host);
    if (tls.kind != TlsKind::off && tls.kind != TlsKind::files) all.insert(host);
  }
  array policies;
  for (const auto& [authority, names] : public_names)
    policies.emplace_back(policy(names, acme_issuer(authority, layout)));
  if (!local_names.empty())
    policies.emplace_back(policy(local_names, object{{"module", "internal"}}));
  object certificates;
  if (!all.empty()) certificates["automate"] = texts({all.begin(), all.end()});
  if (auto files = given_files(hosts, given); !files.empty())
    certificates["load_files"] = std::move(files);
  object out;
  if (!certificates.empty()) out["certificates"] = std::move(certificates);
  if (!policies.empty()) out["automation"] = object{{"policies", std::move(policies)}};
  return out;
}

}  // namespace landfast::caddy
