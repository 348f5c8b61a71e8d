// SPDX-License-Identifier: Apache-2.0
#include "edge/certificates.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <memory>

#include "edge/given_certificates.h"
#include "edge/openssl_freed.h"
#include "io/file.h"
#include "model/route_rules.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t pem_limit = std::size_t{1} << 20;
constexpr std::size_t most_issuers = 100;

using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

std::string name_of(const GENERAL_NAME& name) {
  const auto* text = name.type == GEN_DNS ? name.d.dNSName : nullptr;
  if (text != nullptr)
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
  if (name.type != GEN_IPADD) return {};
  const auto* bytes = ASN1_STRING_get0_data(name.d.iPAddress);
  if (ASN1_STRING_length(name.d.iPAddress) != 4) return "an IPv6 address";
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

std::vector<std::string> names_of(const X509& certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i)
    if (auto name = name_of(*sk_GENERAL_NAME_value(names.get(), i)); !name.empty())
      out.push_back(std::move(name));
  return out;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? std::int64_t{::timegm(&parts)} : 0;
}

std::string issuer_of(const X509& certificate) {
  std::array<char, 256> text{};
  const auto* name = X509_get_issuer_name(&certificate);
  for (const int part : {NID_commonName, NID_organizationName})
    if (X509_NAME_get_text_by_NID(name, part, text.data(), text.size()) > 0) return text.data();
  return {};
}

std::string fingerprint_of(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1) return {};
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  return out;
}

/// `*.example.com` is stored as wildcard_.example.com.
std::string stored_name(const std::string& host) {
  return host.starts_with('*') ? "wildcard_" + host.substr(1) : host;
}

/// Of several issuers, the certificate that lasts longest.
std::optional<CertificateFacts> stored(const std::string& folder, const std::string& host) {
  const auto name = stored_name(host);
  std::optional<CertificateFacts> best;
  std::error_code error;
  std::size_t seen = 0;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (++seen > most_issuers) break;
    const auto pem = read_file(it->path() / name / (name + ".crt"), pem_limit, Links::refuse);
    auto facts = pem ? certificate_facts(*pem) : Result<CertificateFacts>();
    if (pem && facts && (!best || facts->until > best->until)) best = std::move(*facts);
  }
  return best;
}

void add_given(HostCertificate& out, const GivenPair& pair, const EdgeFiles& files) {
  out.file = pair.certificate;
  if (pair.is_changed()) out.given = pair.refused ? GivenState::unfit : GivenState::newer;
  if (pair.refused) out.why_unfit = pair.refused->text;
  const auto pem = read_file(given_copy(files, pair.served), pem_limit, Links::refuse);
  auto facts = pem ? certificate_facts(*pem) : Result<CertificateFacts>(fail(pem.error()));
  if (facts)
    out.facts = std::move(*facts);
  else
    out.why_none = pair.refused ? pair.refused->text : "not taken over yet";
}

/// `<state>/edge/<edge>` is the folder of an edge.
EdgeFiles files_of(const EdgeFacts& edge) {
  const fs::path folder(edge.folder);
  return {folder.parent_path().parent_path(), folder.filename()};
}

}  // namespace

Result<CertificateFacts> certificate_facts(const std::string& pem) {
  const std::unique_ptr<BIO, Freed<BIO_free>> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail(Code::invalid, "this is not a certificate in PEM form");
  CertificateFacts facts;
  facts.names = names_of(*certificate);
  facts.issuer = issuer_of(*certificate);
  facts.from = seconds_of(X509_get0_notBefore(certificate.get()));
  facts.until = seconds_of(X509_get0_notAfter(certificate.get()));
  facts.fingerprint = fingerprint_of(*certificate);
  return facts;
}

std::string_view to_string(GivenState state) {
  switch (state) {
  case GivenState::newer:
    return "newer";
  case GivenState::unfit:
    return "unfit";
  default:
    return "same";
  }
}

std::vector<HostCertificate> host_certificates(const EdgeFacts& edge) {
  const auto files = files_of(edge);
  const auto pairs = given_pairs(edge.table, files);
  std::vector<HostCertificate> out;
  for (const auto& [host, tls] : host_tls(edge.table)) {
    if (tls.kind == TlsKind::off) continue;
    auto& one = out.emplace_back(HostCertificate{host, tls.kind, {}, {}});
    if (tls.kind != TlsKind::files)
      one.facts = stored(edge.folder + "/data/caddy/certificates", host);
    for (const auto& pair : pairs)
      if (tls.kind == TlsKind::files && pair.certificate == tls.certificate)
        add_given(one, pair, files);
  }
  return out;
}

std::string local_root_path(const EdgeFacts& edge) {
  return edge.folder + "/data/caddy/pki/authorities/local/root.crt";
}

Result<std::string> local_root(const EdgeFacts& edge) {
  return read_file(local_root_path(edge), pem_limit, Links::refuse);
}

}  // namespace landfast
